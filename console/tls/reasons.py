"""What `ssl` says about a connection that failed, in words that name the cause and the end that has it.

OpenSSL names what this end found (PEER_DID_NOT_RETURN_A_CERTIFICATE), and what the other end said in an alert (RFC
8446, 6.2), which has ALERT in its name. Names that are not listed are shown as they are.
"""

from __future__ import annotations

import ssl

_NO_TLS = "the peer does not speak TLS"
_NO_VERSION = "the peer speaks no version of TLS that is spoken here, 1.2 and 1.3"
_NO_CIPHER = "the peer and this end have no cipher in common"
_REFUSED = "the peer refused this end's certificate"

_FOUND = {
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": "the peer showed no certificate",
    "WRONG_VERSION_NUMBER": _NO_TLS,
    "HTTP_REQUEST": _NO_TLS,
    "HTTPS_PROXY_REQUEST": _NO_TLS,
    "UNKNOWN_PROTOCOL": _NO_TLS,
    "RECORD_LAYER_FAILURE": _NO_TLS,
    "PACKET_LENGTH_TOO_LONG": _NO_TLS,
    "UNSUPPORTED_PROTOCOL": _NO_VERSION,
    "VERSION_TOO_LOW": _NO_VERSION,
    "NO_SHARED_CIPHER": _NO_CIPHER,
    "UNEXPECTED_EOF_WHILE_READING": "the peer closed the connection",
}
_ALERTS = {
    "CERTIFICATE_REQUIRED": "the peer wants a certificate, and this end has shown none",
    "UNKNOWN_CA": f"{_REFUSED}: no CA that it knows has signed it",
    "CERTIFICATE_EXPIRED": f"{_REFUSED}: it has expired",
    "CERTIFICATE_REVOKED": f"{_REFUSED}: it was revoked",
    "CERTIFICATE_UNKNOWN": _REFUSED,
    "BAD_CERTIFICATE": _REFUSED,
    "UNSUPPORTED_CERTIFICATE": f"{_REFUSED}: it is not for this purpose",
    "DECRYPT_ERROR": "the peer could not check this end's signature",
    "PROTOCOL_VERSION": _NO_VERSION,
    "HANDSHAKE_FAILURE": "the peer ended the handshake: no cipher in common, or no certificate shown",
    "INSUFFICIENT_SECURITY": _NO_CIPHER,
}
_SELF_SIGNED, _SELF_SIGNED_IN_CHAIN, _NO_ISSUER_HERE, _NO_ISSUER = 18, 19, 20, 21
_ANOTHER_CA = (_SELF_SIGNED, _SELF_SIGNED_IN_CHAIN, _NO_ISSUER_HERE, _NO_ISSUER)
"""OpenSSL's X509_V_ERR_... that say that no CA which is known here has signed."""


class TlsError(ConnectionError):
    """TLS was not agreed on, or has broken; the text says why."""


def why(error: ssl.SSLError) -> str:
    """The cause, as part of a sentence."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the peer's certificate is refused: {_verdict(error)}"
    name = error.reason or ""
    _, alert, said = name.partition("_ALERT_")
    if alert:
        words = said.lower().replace("_", " ")
        return _ALERTS.get(said, f"the peer ended the connection: {words}")
    return _FOUND.get(name, f"TLS failed: {name.lower().replace('_', ' ') or error}")


def _verdict(error: ssl.SSLCertVerificationError) -> str:
    if error.verify_code in _ANOTHER_CA:
        return f"it is not signed by the CA that is trusted here ({error.verify_message})"
    return error.verify_message
