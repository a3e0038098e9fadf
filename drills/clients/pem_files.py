"""Certificates as files, for drivers that take no text: in a folder of their own that goes with the process."""

import atexit
import os
import shutil
import tempfile


def pem_files(tls):
    """Paths by the names `ca`, `cert` and `key`; only this user may read them."""
    folder = tempfile.mkdtemp(prefix="understudy-clients-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    paths = {}
    for name in ("ca", "cert", "key"):
        paths[name] = os.path.join(folder, name + ".pem")
        with open(os.open(paths[name], os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as file:
            file.write(tls[name])
    return paths
