-- What PostgreSQL and PostGIS allow everybody, and nobody here may do. Applied with the access rules, at every migration.

-- Nobody but the owner creates anything. A temporary table would be enough to attach a trigger function that runs as its
-- owner, and to have it work on rows and columns of the attacker's choice.
do $$
begin
    execute format('revoke create, temporary on database %I from public', current_database());
end
$$;
revoke create on schema public from public;
revoke execute on all functions in schema platform from public;
revoke execute on function
    pg_catalog.lo_creat(integer), pg_catalog.lo_create(oid), pg_catalog.lo_from_bytea(oid, bytea) from public;

-- One connection of a login must not end the others.
revoke execute on function pg_catalog.pg_terminate_backend(integer, bigint), pg_catalog.pg_cancel_backend(integer)
    from public;

-- PostGIS answers these from statistics and indexes without asking who may read the table: where hidden features lie.
do $$
declare
    known regprocedure;
begin
    for known in
        select oid from pg_catalog.pg_proc
         where pronamespace = 'public'::regnamespace
           and proname in ('_postgis_stats', '_postgis_index_extent', '_postgis_selectivity', '_postgis_join_selectivity',
                           'st_estimatedextent')
    loop
        execute format('revoke execute on function %s from public', known);
    end loop;
end
$$;
