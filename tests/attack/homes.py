"""A home that is attacked through the command alone: nights with their report, and whatever else is typed."""

from __future__ import annotations

import contextlib
import email
import email.policy
import json
import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.attack.traces import texts_of
from tests.command import command_line, surroundings
from tests.golden import nights
from tests.golden.nights import sirets

#: two providers, and one that the programme does not know
A, B, C = sirets(3)
STEWARD, OF_A, OF_B, STRANGER = "pilotage@region.example", "contact@opale.example", "contact@boreal.example", "a@ailleurs.example"
#: seconds after which a command hangs
LONGEST = 90.0


class Hangs(AssertionError):
    """A command did not end in time, and was killed."""


@dataclass(frozen=True)
class Ran:
    """A command that ended: its exit code, what it printed, and the CPU that it and all it started have used."""

    code: int
    out: str
    err: str
    cpu_seconds: float

    @property
    def text(self) -> str:
        return self.out + self.err


@dataclass(frozen=True)
class NightSeen(Ran):
    """A night; `report` is what `--format json` printed, empty where it failed."""

    report: Mapping[str, Any]

    def decision(self, name: str) -> str:
        """What became of a file; `-` where the night says nothing of it."""
        if self.code:
            return "the night failed"
        return str(next((file["decision"] for file in self.report["files"] if file["name"] == name), "-"))

    def recipients(self) -> list[str]:
        """To whom the night's mails went."""
        return [alert["to"] for alert in self.report.get("alerts", ())]


class Home(nights.Home):
    """The home folder; `run` is any command on it, `nightly` a night of `suivi nightly` with these files in its inbox."""

    def run(
        self, *arguments: object, umask: int = -1, longest: float = LONGEST, during: Callable[[subprocess.Popen[str]], None] | None = None,
        **environ: str,
    ) -> Ran:  # fmt: skip
        """Run a command to its end; `during` is told of the process once it has said `receive`. Raises Hangs."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        process = subprocess.Popen(
            command_line(*arguments, "--home", self.folder), cwd=self.folder.parent, env=surroundings() | environ, text=True,
            encoding="utf-8", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, umask=umask,
            start_new_session=True,
        )  # fmt: skip
        said = ""
        try:
            if during is not None:
                assert process.stderr is not None
                while (line := process.stderr.readline()) and not line.startswith("receive"):
                    said += line
                during(process)
            out, err = process.communicate(timeout=longest)
        except subprocess.TimeoutExpired:
            raise Hangs(f"still running after {longest:.0f} s") from None
        finally:
            with contextlib.suppress(ProcessLookupError):  # whatever it has started ends with it
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            for stream in (process.stdout, process.stderr):
                if stream is not None:
                    stream.close()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return Ran(process.returncode, out, said + err, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)

    def nightly(self, files: Mapping[str, bytes] | None = None, **how: Any) -> NightSeen:
        """A night with these files; see run."""
        self.drop(files or {})
        ran = self.run("nightly", "--format", "json", **how)
        report = json.loads(ran.out) if ran.out.startswith("{") else {}
        return NightSeen(ran.code, ran.out, ran.err, ran.cpu_seconds, report)

    def killed_night(self, when: Callable[[subprocess.Popen[str]], None]) -> None:
        """A night that is killed, with whatever it started, after `when` returns."""

        def kill(process: subprocess.Popen[str]) -> None:
            when(process)
            os.killpg(process.pid, signal.SIGKILL)

        self.run("nightly", "--format", "json", during=kill)

    def mails(self, night: NightSeen) -> dict[str, str]:
        """All that the mails of a night have said, by address; of those that were written to outbox/."""
        wanted, said = {alert["message_id"] for alert in night.report.get("alerts", ())}, dict.fromkeys(night.recipients(), "")
        for path in sorted((self.folder / "outbox").glob("*.eml")):
            mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            if mail["Message-ID"] in wanted:
                said[mail["To"]] += "\n".join(texts_of(mail))
        return said

    def copied(self, to: Path) -> Home:
        """A copy of this home; files in its inbox keep their times, in which they count."""
        return type(self)(Path(shutil.copytree(self.folder, to, copy_function=shutil.copy2)))

    def one(self, query: str, *parameters: Any) -> Any:
        """The one value that this query of the warehouse gives."""
        (value,) = self.row(query, *parameters)
        return value
