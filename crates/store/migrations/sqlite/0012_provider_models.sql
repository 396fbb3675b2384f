-- Models that a provider's own list showed and no catalogue knows, and when each list was last asked for.
-- They decide nothing: what may be used stands in the settings.
create table provider_models (
    org blob not null references orgs (id) on delete cascade,
    provider text not null,
    model text not null,
    found_at integer not null,
    primary key (org, provider, model)
) strict;

create table provider_lists (
    org blob not null references orgs (id) on delete cascade,
    provider text not null,
    asked_at integer not null,
    models integer not null,
    primary key (org, provider)
) strict;
