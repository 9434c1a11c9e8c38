-- Identifies the file that a pending write replaces (device and inode). If a killed server left that file under the
-- temporary name, the exchange had happened, whatever the content says. NULL where the file system has no such ids.
ALTER TABLE mirrors ADD COLUMN intent_replaces text;
