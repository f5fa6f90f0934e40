-- What lasts at a building is the pass: the dossier, alone in looking positions up by building, reads passes now. The
-- index cost 2 us a stored position.
drop index fix_building;

-- A pass lies in its place's estate, an asset in its home estate: from the one to the other by the subject alone. The
-- column never changes, so a move of an asset stays within its page (HOT).
create index asset_state_subject on asset_state (subject);
