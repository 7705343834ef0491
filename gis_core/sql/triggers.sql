-- Functions behind the triggers of every layer. They run as their owner, so that a role that may edit a layer needs no
-- rights on its history.

create or replace function platform.touch() returns trigger
    language plpgsql
    set search_path = pg_catalog
as $$
begin
    new.version := old.version + 1;
    new.updated_at := now();
    new.updated_by := acting.subject();
    return new;
end;
$$;

-- One function for insert, update and delete: keeps the replaced rows, raises the layer's version and tells the audit.
-- The column list is the trigger's argument, because history and layer may hold their columns in another order.
create or replace function platform.record_change() returns trigger
    language plpgsql
    security definer
    set search_path = pg_catalog
as $$
declare
    changed bigint;
begin
    if tg_op = 'INSERT' then
        select count(*) into changed from new_rows;
    elsif tg_op = 'DELETE' then
        execute format(
            'insert into history.%1$I (recorded_to, operation, replaced_by, %2$s)'
            ' select now(), ''delete'', acting.subject(), %2$s from old_rows', tg_table_name, tg_argv[0]);
        get diagnostics changed = row_count;
    else
        -- Rows that an update left as they were keep their version (see platform.touch) and make no history.
        execute format(
            'insert into history.%1$I (recorded_to, operation, replaced_by, %2$s)'
            ' select now(), ''update'', acting.subject(), %2$s from old_rows'
            ' where not exists (select from new_rows as kept'
            '                    where kept.id = old_rows.id and kept.version = old_rows.version)',
            tg_table_name, tg_argv[0]);
        get diagnostics changed = row_count;
    end if;
    if changed > 0 then
        update platform.layer_version
           set version = layer_version.version + 1, changed_at = now()
         where layer = tg_table_name;
        insert into platform.audit (action, layer, row_count) values (lower(tg_op), tg_table_name, changed);
    end if;
    return null;
end;
$$;

create or replace function platform.refuse_truncate() returns trigger
    language plpgsql
    set search_path = pg_catalog
as $$
begin
    raise exception 'city.% cannot be truncated: its history would be lost. Use DELETE.', tg_table_name
        using errcode = 'feature_not_supported';
end;
$$;

-- Arguments: column, list, column, list, … One set-wise look-up a statement, so a load of a million rows pays little.
create or replace function platform.check_codes() returns trigger
    language plpgsql
    security definer
    set search_path = pg_catalog
as $$
declare
    unknown text;
begin
    for position in 0 .. tg_nargs - 1 by 2 loop
        execute format(
            'select %1$I from (select distinct %1$I from new_rows where %1$I is not null) as used where not exists'
            ' (select from platform.code where list = %2$L and code = %1$I) limit 1',
            tg_argv[position], tg_argv[position + 1]) into unknown;
        if unknown is not null then
            raise exception 'city.%: % = ''%'' is not a code of list ''%''',
                tg_table_name, tg_argv[position], unknown, tg_argv[position + 1]
                using errcode = 'check_violation', column = tg_argv[position], table = tg_table_name;
        end if;
    end loop;
    return null;
end;
$$;

-- The audit only grows; what is past its time is deleted by the owner, which no login of the server is.
create or replace function platform.refuse_audit_change() returns trigger
    language plpgsql
    set search_path = pg_catalog
as $$
begin
    raise exception 'platform.audit cannot be changed (%)', tg_op using errcode = 'insufficient_privilege';
end;
$$;

create or replace trigger refuse_change before update or truncate on platform.audit
    for each statement execute function platform.refuse_audit_change();
