"""Step 7, report: a receipt for every file, the dashboard, a mail to each provider for whom something changed, the steward's."""

from __future__ import annotations

import logging
from typing import Any

from flows.mail.deliver import deliver_night_mails
from flows.mail.write import write_night_mails
from flows.night import Night
from flows.pages.dashboard import write_dashboard
from flows.pages.receipts import write_receipts
from flows.pages.report_json import night_report
from flows.steps.check import Verdicts
from flows.steps.publish import Tables
from flows.steps.receive import Batch

log = logging.getLogger("suivi.night")


def report(night: Night, batch: Batch, verdicts: Verdicts, tables: Tables) -> dict[str, Any]:
    """The one object of `suivi nightly --format json` (docs/spec/interfaces.md, "JSON")."""
    with night.step("report") as outcome:
        receipts = write_receipts(night.settings, night.store, night.run_id, verdicts.files)
        log.info("%d receipts written", receipts)
        write_dashboard(night.settings)
        # After all that may fail: a night that told the steward what changed cannot tell it that it failed, too.
        mails = write_night_mails(night.settings, night.store, night.run_id, night.now, night.as_of, night.senders, batch.visits)
        log.info("%d mails written", mails)
        # Last: a mail server may take its time.
        alerts = deliver_night_mails(night.settings, night.store, night.run_id, night.now)
        fields = night_report(night.run_id, night.as_of, verdicts.files, batch.deferred, tables, alerts)
        outcome.append(f"{fields['totals']['accepted']} of {fields['totals']['records']} records taken")
    return {**fields, "seconds": night.seconds}
