"""A phone's certificate follows from seed and number alone."""

import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from phonetui.simulator.security import Authorities, certificate, server_context


def test_the_same_after_a_restart() -> None:
    assert certificate(1, 1, "DP1", "127.0.0.1") == certificate(1, 1, "DP1", "127.0.0.1")


def test_the_fingerprint_stays_what_it_was_in_the_first_release() -> None:
    made = certificate(1, 1, "DP00005E005301", "127.0.0.1")
    assert made.fingerprint == "sha256:02dbc8d442d37927bdd55a89b7652f685cf98ecd3fcb5a79fedad93f38dac1fe"


@pytest.mark.parametrize(("seed", "number"), [(2, 1), (1, 2)])
def test_another_seed_or_number_is_another_certificate(seed: int, number: int) -> None:
    assert (
        certificate(seed, number, "DP1", "127.0.0.1").fingerprint != certificate(1, 1, "DP1", "127.0.0.1").fingerprint
    )


@pytest.mark.parametrize(
    ("host", "names"), [("127.0.0.1", {"localhost"}), ("lab.example", {"localhost", "lab.example"})]
)
def test_names(host: str, names: set[str]) -> None:
    made = x509.load_pem_x509_certificate(certificate(1, 1, "DP1", host).chain)
    alternative = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert set(alternative.get_values_for_type(x509.DNSName)) == names
    assert [str(address) for address in alternative.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]


def test_the_fingerprint_is_of_the_der_form_and_the_signature_holds() -> None:
    made = certificate(1, 1, "DP1", "127.0.0.1")
    read = x509.load_pem_x509_certificate(made.chain)
    assert made.fingerprint == "sha256:" + hashlib.sha256(read.public_bytes(Encoding.DER)).hexdigest()
    read.verify_directly_issued_by(read)
    server_context(made)


def test_authorities() -> None:
    held = Authorities()
    fingerprint = held.add("\n" + certificate(1, 1, "DP1", "127.0.0.1").chain.decode())
    assert [(shown, subject) for shown, subject, _ in held.shown()] == [(fingerprint, "CN=DP1")]
    assert len(held.client_context(verify=True).get_ca_certs()) == 1
    spelled = ":".join(fingerprint[at : at + 2] for at in range(0, 64, 2)).lower()
    assert held.delete(spelled)
    assert not held.delete(spelled)
    with pytest.raises(ValueError, match="PEM"):
        held.add("nonsense")
