"""hark backup, hark restore."""

from __future__ import annotations

from pathlib import Path

from hark.cli.terminal import Where, note, progress_bars, quiet, run


def backup(file: Path, /, *, where: Where | None = None) -> None:
    """Write database, files and key into one archive; Hark may be running meanwhile.

    Whoever has the archive can read everything: it holds the key, unless that comes from HARK_SECRET_KEY.

    Parameters
    ----------
    file
        The archive to write, for example hark.tar.
    """
    from hark.bootstrap.backup import back_up

    settings = (where or Where()).settings()
    quiet(settings)
    with progress_bars() as progress:
        about = run(back_up(settings, file, progress))
    note(f"Backed up the database (schema {about.schema}) and {about.files} files to {file}.")
    if not about.has_key:
        note("The key is not in it: keep HARK_SECRET_KEY yourself.")


def restore(file: Path, /, *, where: Where | None = None) -> None:
    """Bring a backup back, into an empty data folder or an empty database.

    Parameters
    ----------
    file
        An archive made by `hark backup`.
    """
    from hark.bootstrap.backup import bring_back

    settings = (where or Where()).settings()
    quiet(settings)
    with progress_bars() as progress:
        about = run(bring_back(settings, file, progress))
    note(
        f"Restored the database (schema {about.schema}) and {about.files} files. `hark doctor` looks it over."
    )
