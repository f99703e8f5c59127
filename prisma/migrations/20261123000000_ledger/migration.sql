-- When a run of a guild was last done is the head of this index, however many have failed since.
create index sync_run_guild_id_done_idx on sync_run (guild_id, id desc) where state = 'done';
