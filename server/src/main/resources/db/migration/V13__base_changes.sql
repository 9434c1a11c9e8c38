-- The newest change of the base that was committed together with an update. A batch whose commit has an unknown
-- outcome is repeated, and this tells whether the first attempt was committed, whatever happened to the base since.
ALTER TABLE mirrors ADD COLUMN base_change uuid;
