"""Schemathesis over the whole API: no 500, no answer that the schema does not have, no bad data accepted.

`HARK_FUZZ_EXAMPLES` sets how many examples each operation gets (the suite takes few; 2,000 is the long form).
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from tests.support.live import serving
from tests.support.people import ADDRESS, Office

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,"
    "negative_data_rejection"
)
LEFT_OUT = ("signOut", "changePassword", "showTyping", "actOnPerson", "listTemplates", "live")
"""They end the session that asks, or ask a platform that is not there."""


@pytest.mark.parametrize("role", ["administrator", "agent"])
async def test_generated_requests_are_answered_as_the_schema_says(
    office: Office, role: str, tmp_path: Path
) -> None:
    await office.hear("Hello?")
    person = office.people[role]
    schema = tmp_path / "openapi.json"
    document = (await office.http.get("/api/openapi.json")).json()
    for place in document["paths"].values():
        for operation in place.values():
            operation["security"] = []  # the headers below are sent with everything
    schema.write_text(json.dumps(document))
    async with serving(office.app) as address:
        command = [str(Path(sys.executable).with_name("schemathesis")), "run", str(schema), "--no-color"]
        command += ["--url", f"http://{address}", "--phases", "examples,coverage,fuzzing", "--checks", CHECKS]
        command += ["--max-examples", os.environ.get("HARK_FUZZ_EXAMPLES", "3"), "--seed", "1"]
        headers = {"cookie": f"hark_session={person.token}", "x-csrf-token": person.csrf, "origin": ADDRESS}
        command += [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
        command += [part for name in LEFT_OUT for part in ("--exclude-operation-id", name)]
        process = await asyncio.create_subprocess_exec(
            *command, cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        printed, _ = await process.communicate()
    assert process.returncode == 0, printed.decode()[-6000:]
    assert b"Tested" in printed
