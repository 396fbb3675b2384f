-- Models that a provider's own list showed and no catalogue knows, and when each list was last asked for.
-- They decide nothing: what may be used stands in the settings.
create table provider_models (
    org uuid not null references orgs (id) on delete cascade,
    provider text collate "C" not null,
    model text collate "C" not null,
    found_at bigint not null,
    primary key (org, provider, model)
);

create table provider_lists (
    org uuid not null references orgs (id) on delete cascade,
    provider text collate "C" not null,
    asked_at bigint not null,
    models bigint not null,
    primary key (org, provider)
);
