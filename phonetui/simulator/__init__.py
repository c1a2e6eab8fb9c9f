"""The other end: phones that aren't there, over real HTTPS.

    async with server.serve(server.Settings(phones=5, seed=1, scenario="office")) as office:
        office.phones[0].url, office.by_name["sim-2"].fingerprint
        office.start_call("sim-1", "sim-2", profile="congested")

`phonetui.simulator.server` holds the public interface: `Settings`, `serve`, `ServedOffice`, `SimulatedPhone`,
`Request`, `Switches`, `FAULTS`, `scenarios` and `dialects`. A scenario is what happens, a dialect how phones word it,
media are where call figures come from; `office.impair("sim-2", "broken")` changes what a phone hears, and
`phone.websocket`, `phone.behaviour`, `phone.feedback` and `phone.fault` are flipped while it runs.

Importing this package alone loads neither network nor cryptography.
"""
