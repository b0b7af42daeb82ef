"""An authority that certifies this machine, for servers that speak TLS."""

from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True)
class Authority:
    """Files of an authority and of a certificate that it made for localhost.

    Parameters
    ----------
    ca: the authority's own certificate: what clients must trust.
    certificate, key: the server's.
    """

    ca: Path
    certificate: Path
    key: Path

    @classmethod
    def make(cls, folder: Path) -> "Authority":
        folder.mkdir(parents=True)
        made = cls(folder / "ca.pem", folder / "server.pem", folder / "server.key")
        authority = trustme.CA()
        issued = authority.issue_cert("localhost", "127.0.0.1")
        authority.cert_pem.write_to_path(made.ca)
        issued.private_key_pem.write_to_path(made.key)
        for part in issued.cert_chain_pems:
            part.write_to_path(made.certificate, append=True)
        return made
