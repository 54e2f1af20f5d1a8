"""What the contract lets analysts see of rows: the columns that the spec names, and nothing personal."""

from __future__ import annotations

from itertools import pairwise

import pytest

from expectations.contract import Return
from expectations.contract.returns import RETURNS
from warehouse.published.published_tables import AGE_BANDS, in_force_columns, key_in_force, published_columns

CLEAN = {
    "actions": "provider_siret,provider_name,contact_email,action_id,title,certification_code,rome_code,gen_labelled_on,"
    "free_of_charge,diploma_required,call_id,total_cost_eur,grant_eur,agreed_on",
    "sessions": "provider_siret,action_id,session_id,commune_code,starts_on,ends_on,seats",
    "apprenants": "provider_siret,session_id,learner_key,sex,age_at_entry_band,epci_code,departement,diploma_level,is_dropout,"
    "is_far_from_employment,is_qpv_resident,is_rural_resident,is_disabled,months_without_job,entered_on,left_on,completion,"
    "certification",
    "suivi": "provider_siret,session_id,learner_key,horizon,observed_on,situation,is_digital_job,source",
    "depenses": "provider_siret,action_id,document_ref,spent_on,cost_category,amount_eur",
    "financements": "provider_siret,action_id,reference,funder,funder_type,status,decided_on,amount_eur",
}


@pytest.mark.parametrize("contract", RETURNS.values(), ids=RETURNS)
def test_analysts_see_the_columns_of_the_spec_and_nothing_personal(contract: Return) -> None:
    names = [column.name for column in published_columns(contract)]
    is_about_learners = contract.kind in ("apprenants", "suivi")
    assert names == [*([] if is_about_learners else ["submission_id", "line"]), *CLEAN[contract.kind].split(",")]
    personal = {column.name for column in contract.columns if column.personal}
    assert not personal & {*names, *(column.name for column in in_force_columns(contract))}
    assert set(key_in_force(contract)) <= set(names)


def test_age_bands_meet_without_a_gap() -> None:
    assert AGE_BANDS[0].youngest is None
    assert AGE_BANDS[-1].oldest is None
    assert all(before.oldest is not None and after.youngest == before.oldest + 1 for before, after in pairwise(AGE_BANDS))
