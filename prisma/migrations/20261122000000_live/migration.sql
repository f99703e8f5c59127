-- What following guilds live keeps beside the mirror. No foreign keys to guild: a guild may be marked before it is known, and
-- what was announced once stays announced.

-- Written with every request of events, so it has room for HOT updates, and no index on what these change.
create table guild_sync (
  guild_id             bigint         not null,
  presence             text           not null default 'present',
  presence_observed_at timestamptz(6),
  last_event_at        timestamptz(6),
  lag_ms               integer,
  dirty_since          timestamptz(6),
  dirty_marked_at      timestamptz(6),
  dirty_reason         text,
  next_reconcile_at    timestamptz(6) not null default current_timestamp,
  claimed_until        timestamptz(6),

  constraint guild_sync_pkey primary key (guild_id),
  constraint guild_sync_guild_id_range check (guild_id >= 0),
  constraint guild_sync_presence check (presence in ('present', 'unavailable', 'left')),
  constraint guild_sync_lag_ms_range check (lag_ms >= 0),
  constraint guild_sync_dirty_reason check (
    dirty_reason in ('new_session', 'overflow', 'was_unavailable', 'rejected', 'rate_limited')),
  constraint guild_sync_dirty_is_complete check (num_nulls(dirty_since, dirty_marked_at, dirty_reason) in (0, 3)),
  constraint guild_sync_dirty_in_order check (dirty_since <= dirty_marked_at)
) with (fillfactor = 60);

create index guild_sync_dirty_idx on guild_sync (dirty_since) where dirty_since is not null and presence = 'present';
create index guild_sync_next_reconcile_at_idx on guild_sync (next_reconcile_at) where presence = 'present';

-- One row for each shard of each way of sharding that is in use.
create table gateway_shard (
  bot_id             bigint         not null,
  shard_count        integer        not null,
  shard_id           integer        not null,
  state              text           not null default 'free',
  detail             text,
  holder             text,
  instance           uuid,
  is_preferred       boolean        not null default false,
  epoch              integer        not null default 0,
  expires_at         timestamptz(6),
  heartbeat_at       timestamptz(6),
  wanted_by          text,
  wanted_until       timestamptz(6),
  session_id         text,
  resume_gateway_url text,
  sequence           bigint,
  last_event_at      timestamptz(6),
  lag_ms             integer,

  constraint gateway_shard_pkey primary key (bot_id, shard_count, shard_id),
  constraint gateway_shard_bot_id_range check (bot_id >= 0),
  constraint gateway_shard_id_range check (shard_id >= 0 and shard_id < shard_count),
  constraint gateway_shard_count_range check (shard_count between 1 and 65536),
  constraint gateway_shard_state check (state in ('free', 'waiting', 'connecting', 'ready', 'stopped')),
  constraint gateway_shard_lease_is_complete check (num_nulls(holder, instance, expires_at) in (0, 3)),
  constraint gateway_shard_free_has_no_lease check ((state = 'free') = (instance is null)),
  constraint gateway_shard_epoch_range check (epoch >= 0),
  constraint gateway_shard_wanted_is_complete check (num_nulls(wanted_by, wanted_until) in (0, 2)),
  constraint gateway_shard_session_is_complete check (num_nulls(session_id, resume_gateway_url, sequence) in (0, 3)),
  constraint gateway_shard_sequence_range check (sequence >= 0),
  constraint gateway_shard_lag_ms_range check (lag_ms >= 0),
  constraint gateway_shard_text_length check (
    greatest(char_length(holder), char_length(wanted_by)) <= 100 and char_length(detail) <= 500
    and char_length(session_id) <= 200 and char_length(resume_gateway_url) <= 300)
) with (fillfactor = 50);

-- What is left of the identifies of a day, shared by all processes of a bot: whoever counts holds the row.
create table gateway_identify_budget (
  bot_id         bigint         not null,
  window_ends_at timestamptz(6) not null,
  total          integer        not null,
  remaining      integer        not null,

  constraint gateway_identify_budget_pkey primary key (bot_id),
  constraint gateway_identify_budget_bot_id_range check (bot_id >= 0),
  constraint gateway_identify_budget_remaining_range check (remaining between 0 and total)
) with (fillfactor = 50);

-- When the next identify of one of Discord's concurrency keys is due.
create table gateway_identify_key (
  bot_id  bigint         not null,
  key     integer        not null,
  next_at timestamptz(6) not null,

  constraint gateway_identify_key_pkey primary key (bot_id, key),
  constraint gateway_identify_key_range check (key between 0 and 65535)
) with (fillfactor = 50);

-- One message to the admins, given to one caller, once.
create table notice_claim (
  id          bigserial      not null,
  kind        text           not null,
  claimed_at  timestamptz(6) not null,
  state       text           not null default 'claimed',
  error       text,
  reported_at timestamptz(6),

  constraint notice_claim_pkey primary key (id),
  constraint notice_claim_kind check (kind in ('guild_first_seen')),
  constraint notice_claim_state check (state in ('claimed', 'sent', 'failed')),
  constraint notice_claim_reported check ((state = 'claimed') = (reported_at is null)),
  constraint notice_claim_error_length check (char_length(error) <= 500)
);

create index notice_claim_state_idx on notice_claim (state);

-- What is to be told of a guild: once in its life, as the key says.
create table notice (
  kind       text           not null,
  guild_id   bigint         not null,
  created_at timestamptz(6) not null,
  claim_id   bigint,

  constraint notice_pkey primary key (kind, guild_id),
  constraint notice_kind check (kind in ('guild_first_seen')),
  constraint notice_claim_id_fkey foreign key (claim_id) references notice_claim (id)
) with (fillfactor = 50);

create index notice_pending_idx on notice (kind, created_at, guild_id) where claim_id is null;

-- A restart observes every guild and its roles again: room for HOT updates.
alter table guild set (fillfactor = 70);
alter table role set (fillfactor = 70);
