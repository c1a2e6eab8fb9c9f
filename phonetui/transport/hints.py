"""What to try when a phone lets nobody in: where each deployment sets the xAPI account and web access."""

WHERE = (
    "Control Hub sets it for the whole organisation, BroadWorks and other SIP servers in the provisioning profile, "
    "Unified CM for the device or its group; the phone's own web page shows its state"
)
"""From the PhoneOS release notes and frequently asked questions."""

ACCOUNT = f"Check the xAPI account: {WHERE}"
ROLE = f"Check the role of the xAPI account (ADMIN, INTEGRATOR, USER): {WHERE}"
NOT_OFFERED = f"xAPI needs PhoneOS 3.5 or later, and web access and an xAPI account switched on: {WHERE}"
NO_WEBSOCKET = 'This phone offers no WebSocket, or has it switched off: use transport = "http" or "auto"'
