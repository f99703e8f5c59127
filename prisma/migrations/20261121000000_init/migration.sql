create table guild (
  id          bigint         not null,
  name        text           not null,
  observed_at timestamptz(6) not null,

  constraint guild_pkey primary key (id),
  constraint guild_id_range check (id >= 0),
  constraint guild_name_length check (char_length(name) between 1 and 100)
);

create table role (
  guild_id       bigint         not null,
  id             bigint         not null,
  name           text           not null,
  colour         integer        not null,
  permissions    bigint         not null,
  position       integer        not null,
  observed_at    timestamptz(6) not null,
  deleting_since timestamptz(6),
  deleted_at     timestamptz(6),

  constraint role_pkey primary key (guild_id, id),
  constraint role_guild_id_fkey foreign key (guild_id) references guild (id) on update cascade on delete cascade,
  constraint role_id_range check (id >= 0),
  constraint role_name_length check (char_length(name) between 1 and 100),
  constraint role_colour_range check (colour >= 0),
  constraint role_permissions_range check (permissions >= 0),
  constraint role_deleted_after_deleting check (deleted_at is null or deleting_since is not null)
);

-- Room on every page for a new version of each of its rows, so that a role change of the whole guild is HOT updates alone: no
-- index entry is written and the next update finds the room again. Measured with 80,000 members after three such changes:
-- 24 MB, all updates HOT; with fillfactor 75 it is 36 MB and a third are not. No index on roles or observed_at, for the same reason.
create table member (
  guild_id      bigint         not null,
  id            bigint         not null,
  name          text           not null,
  display_name  text           not null,
  discriminator smallint       not null,
  roles         bigint[]       not null,
  in_guild      boolean        not null default true,
  observed_at   timestamptz(6) not null,

  constraint member_pkey primary key (guild_id, id),
  constraint member_guild_id_fkey foreign key (guild_id) references guild (id) on update cascade on delete cascade,
  constraint member_id_range check (id >= 0),
  constraint member_name_length check (char_length(name) between 1 and 32),
  constraint member_display_name_length check (char_length(display_name) <= 32),
  constraint member_discriminator_range check (discriminator between 0 and 9999),
  constraint member_roles_without_null check (array_position(roles, null) is null),
  constraint member_roles_count check (cardinality(roles) <= 250)
) with (fillfactor = 45);

create index member_guild_id_name_idx on member (guild_id, name text_pattern_ops);

create table alt_account (
  guild_id   bigint         not null,
  source     bigint         not null,
  target     bigint         not null,
  actor      bigint         not null,
  context    text           not null,
  created_at timestamptz(6) not null,
  updated_at timestamptz(6) not null,

  constraint alt_account_pkey primary key (guild_id, source, target),
  constraint alt_account_guild_id_source_fkey foreign key (guild_id, source)
    references member (guild_id, id) on update cascade on delete cascade,
  constraint alt_account_guild_id_target_fkey foreign key (guild_id, target)
    references member (guild_id, id) on update cascade on delete cascade,
  constraint alt_account_not_itself check (source <> target),
  constraint alt_account_context_length check (char_length(context) between 1 and 1900)
);

create index alt_account_guild_id_target_idx on alt_account (guild_id, target);

create table sync_run (
  id               bigserial      not null,
  guild_id         bigint         not null,
  state            text           not null default 'running',
  attempt          integer        not null,
  started_at       timestamptz(6) not null,
  heartbeat_at     timestamptz(6) not null,
  finished_at      timestamptz(6),
  members_expected integer        not null default 0,
  members_read     integer        not null default 0,
  total            integer        not null default 0,
  done             integer        not null default 0,
  stale            integer        not null default 0,
  failed           integer        not null default 0,
  remaining        integer        not null default 0,
  created          integer        not null default 0,
  patched          integer        not null default 0,
  departed         integer        not null default 0,
  roles_written    integer        not null default 0,
  roles_deleted    integer        not null default 0,
  error            text,

  constraint sync_run_pkey primary key (id),
  constraint sync_run_guild_id_fkey foreign key (guild_id) references guild (id) on update cascade on delete cascade,
  constraint sync_run_state check (state in ('running', 'done', 'partial', 'held', 'failed')),
  constraint sync_run_finished check ((state = 'running') = (finished_at is null)),
  constraint sync_run_counts_not_negative check (
    least(attempt, members_expected, members_read, total, done, stale, failed, remaining,
          created, patched, departed, roles_written, roles_deleted) >= 0),
  constraint sync_run_counts_add_up check (done + stale + failed + remaining = total),
  constraint sync_run_done_is_complete check (state <> 'done' or (failed = 0 and remaining = 0)),
  constraint sync_run_error_length check (char_length(error) <= 1000)
);

create index sync_run_guild_id_id_idx on sync_run (guild_id, id desc);

-- At most one run of a guild is running; the next one must end it first.
create unique index sync_run_one_running on sync_run (guild_id) where state = 'running';

create table api_token (
  id           serial         not null,
  name         text           not null,
  key_hash     bytea          not null,
  scopes       text[]         not null,
  created_at   timestamptz(6) not null default current_timestamp,
  expires_at   timestamptz(6),
  revoked_at   timestamptz(6),
  last_used_at timestamptz(6),

  constraint api_token_pkey primary key (id),
  constraint api_token_name_length check (char_length(name) between 1 and 100),
  constraint api_token_key_hash_length check (octet_length(key_hash) = 32)
);

create unique index api_token_name_key on api_token (name);
create unique index api_token_key_hash_key on api_token (key_hash);
