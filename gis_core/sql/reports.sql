-- What citizens may do with reports, each a function that runs as its owner: the public login can do nothing else.
-- The key of a form is a random UUID that only its browser knows; the tables keep its digest.

create or replace function platform.report_key(key uuid) returns bytea
    language sql immutable
    set search_path = pg_catalog
as $$
    select sha256(convert_to(key::text, 'UTF8'))
$$;
revoke execute on function platform.report_key(uuid) from public;

-- The rule, the unit and the ward of a place in WGS 84; no row where no rule fits.
create or replace function platform.route_report(
    wanted text, longitude double precision, latitude double precision
) returns table (rule text, unit text, ward_code text, ward text)
    language sql stable security definer
    set search_path = pg_catalog
as $$
    with place as (
        select public.st_transform(public.st_setsrid(public.st_makepoint(longitude, latitude), 4326), {storage}) as geom
    ), ward as (
        select w.code, w.name
          from place, city.wards w
         where public.st_covers(w.geom, place.geom)
           and coalesce(w.valid_from <= current_date, true) and coalesce(w.valid_to >= current_date, true)
         order by w.code limit 1
    )
    select r.rule, r.unit, ward.code, ward.name
      from place cross join platform.report_rule r left join ward on true
     where coalesce(r.category = wanted, true) and coalesce(r.ward_code = ward.code, r.ward_code is null)
       and coalesce(r.valid_from <= current_date, true) and coalesce(r.valid_to >= current_date, true)
       and (ward.code is null) = coalesce(r.place = 'outside', false)
       and (r.place is distinct from 'forest'
            or exists (select from city.forest f where public.st_covers(f.geom, place.geom)))
     order by (r.place is not null) desc, (r.ward_code is not null) desc, (r.category is not null) desc, r.rule
     limit 1
$$;

-- The code of the report; the same form sent again gets the code that it got before. Where the place lies, who is
-- responsible and that nothing is public yet is found here, not believed.
create or replace function platform.take_report(
    key uuid, category text, severity text, content text, masked text,
    longitude double precision, latitude double precision, reception_due timestamptz, due timestamptz, photos bigint[]
) returns text
    language plpgsql security definer
    set search_path = pg_catalog
as $$
declare
    own constant bytea := platform.report_key(key);
    place constant public.geometry :=
        public.st_transform(public.st_setsrid(public.st_makepoint(longitude, latitude), 4326), {storage});
    given text;
    number text;
    report bigint;
    chosen record;
    named text;
begin
    perform pg_advisory_xact_lock(hashtextextended(key::text, 5899));
    select c.code into given from platform.report_case c where c.key_digest = own;
    if given is not null then
        return given;
    end if;
    if length(content) not between 1 and 4000 or length(masked) not between 1 and 8000 then
        raise exception 'a report has 1 to 4000 characters' using errcode = 'check_violation';
    end if;
    if due not between now() and now() + interval '1 year' or reception_due not between now() and now() + interval '1 year'
    then
        raise exception 'a report is due within a year' using errcode = 'check_violation';
    end if;
    select r.rule, r.unit, r.ward_code, r.ward into chosen from platform.route_report(category, longitude, latitude) r;
    if chosen.rule is null then
        raise exception 'nobody is responsible for % at this place', category using errcode = 'check_violation';
    end if;
    select u.vi || case when u.per_ward then coalesce(' ' || chosen.ward, '') else '' end into named
      from platform.unit u where u.unit = chosen.unit;
    number := nextval('platform.report_number')::text;
    given := 'DL-' || to_char(now() at time zone 'Asia/Ho_Chi_Minh', 'YYYY') || '-'
             || lpad(number, greatest(6, length(number)), '0');
    insert into city.report_points
        (report_code, report_category, report_severity, report_status, public_content, report_content, is_public,
         received_at, due_at, assigned_unit, ward_code, geom, source_ref)
    values (given, category, severity, 'moi', masked, content, false, now(), due, named, chosen.ward_code, place, given)
    returning id into report;
    insert into platform.report_case (report_id, code, key_digest, rule, unit, reception_due_at)
    values (report, given, own, chosen.rule, chosen.unit, reception_due);
    insert into platform.report_event (report_id, actor, status, unit) values (report, 'reporter', 'moi', named);
    delete from platform.report_photo where key_digest = own and id <> all(photos[1:3]);
    update platform.report_photo set report_id = report where key_digest = own;
    return given;
end;
$$;

-- The number of a photo that waits for its report; those whose report never came are removed after a day.
create or replace function platform.keep_report_photo(
    key uuid, content bytea, width integer, height integer, distance_m integer
) returns bigint
    language plpgsql security definer
    set search_path = pg_catalog
as $$
declare
    own constant bytea := platform.report_key(key);
    kept bigint;
begin
    perform pg_advisory_xact_lock(hashtextextended(key::text, 5899));
    delete from platform.report_photo where report_id is null and created_at < now() - interval '1 day';
    select id into kept from platform.report_photo p
     where p.key_digest = own and sha256(p.content) = sha256(keep_report_photo.content);
    if kept is not null then
        return kept;
    end if;
    if length(content) > 4194304 or substring(content from 1 for 3) <> '\xffd8ff'::bytea then
        raise exception 'a photo is a JPEG of at most 4 MB' using errcode = 'check_violation';
    end if;
    if exists (select from platform.report_case c where c.key_digest = own)
       or (select count(*) from platform.report_photo p where p.key_digest = own) >= 9 then
        raise exception 'a form has nine photos to choose from' using errcode = 'check_violation';
    end if;
    insert into platform.report_photo (key_digest, content, width, height, distance_m)
    values (own, content, width, height, distance_m) returning id into kept;
    return kept;
end;
$$;

-- A photo that everybody may see, or that the form with this key has sent.
create or replace function platform.report_photo_content(photo bigint, key uuid) returns bytea
    language sql stable security definer
    set search_path = pg_catalog
as $$
    select p.content from platform.report_photo p left join city.report_points r on r.id = p.report_id
     where p.id = photo and (p.key_digest = platform.report_key(key) or (p.is_public and r.is_public))
$$;

-- What may be known of a report by its code; `own` true where the key is its form's. Codes can be guessed: without the
-- key, an unpublished report tells its state and nothing of what it says.
create or replace function platform.report_by_code(wanted text, key uuid) returns jsonb
    language sql stable security definer
    set search_path = pg_catalog
as $$
    select jsonb_build_object(
        'code', r.report_code, 'own', own, 'open', seen, 'status', r.report_status, 'severity', r.report_severity,
        'received_at', r.received_at, 'due_at', r.due_at, 'resolved_at', r.resolved_at, 'is_public', r.is_public,
        'category', case when seen then r.report_category end, 'ward_code', case when seen then r.ward_code end,
        'content', case when own then r.report_content end,
        'public_content', case when seen then r.public_content end,
        'unit', case when seen then r.assigned_unit end, 'rule', case when seen then c.rule end,
        'place', case when seen then (select jsonb_build_array(public.st_x(p), public.st_y(p))
                                        from public.st_transform(r.geom, 4326) as p) end,
        'answer', case when own or (r.is_public and r.answer_public) then r.answer end,
        'followers', (select count(*) from platform.report_follow f where f.report_id = r.id),
        'main', (select m.report_code from platform.report_event e join city.report_points m on m.id = e.merged_into
                  where e.report_id = r.id order by e.id desc limit 1),
        'merged', case when seen then (
            select coalesce(jsonb_agg(m.report_code order by m.report_code), '[]')
              from platform.report_event e join city.report_points m on m.id = e.report_id
             where e.merged_into = r.id) end,
        'photos', (select coalesce(jsonb_agg(p.id order by p.id), '[]') from platform.report_photo p
                    where p.report_id = r.id and (own or (p.is_public and r.is_public))),
        'events', (select coalesce(jsonb_agg(jsonb_build_object(
                       'at', e.at, 'status', e.status, 'unit', case when seen then e.unit end,
                       'by_reporter', e.actor = 'reporter' and e.note is not null, 'note', case when own then e.note end) order by e.id), '[]')
                     from platform.report_event e where e.report_id = r.id))
      from city.report_points r left join platform.report_case c on c.report_id = r.id
           cross join lateral (select coalesce(c.key_digest = platform.report_key(key), false) as own) as asking
           cross join lateral (select own or r.is_public as seen) as sight
     where r.report_code = wanted
     order by r.id limit 1
$$;

-- How many follow the public report; one form counts once. Null where there is no such report.
create or replace function platform.follow_report(wanted text, key uuid) returns bigint
    language plpgsql security definer
    set search_path = pg_catalog
as $$
declare
    report constant bigint := (select id from city.report_points where report_code = wanted and is_public limit 1);
begin
    if report is null then
        return null;
    end if;
    insert into platform.report_follow (report_id, key_digest) values (report, platform.report_key(key))
        on conflict do nothing;
    return (select count(*) from platform.report_follow where report_id = report);
end;
$$;

-- Whether the reporter's answer to a question was taken: the case goes on, and is due at `due`.
create or replace function platform.answer_report(wanted text, key uuid, said text, due timestamptz) returns boolean
    language plpgsql security definer
    set search_path = pg_catalog
as $$
declare
    report bigint;
begin
    select r.id into report
      from city.report_points r join platform.report_case c on c.report_id = r.id
     where r.report_code = wanted and c.key_digest = platform.report_key(key) and r.report_status = 'cho_bo_sung'
       for update of r;
    if report is null or length(said) not between 1 and 4000 then
        return false;
    end if;
    update city.report_points set report_status = 'xac_minh', due_at = due where id = report;
    insert into platform.report_event (report_id, actor, status, note) values (report, 'reporter', 'xac_minh', said);
    return true;
end;
$$;

-- A role goes by the transitions, and what is private stays so, by whatever door it comes. Loads by the owner are exempt.
create or replace function platform.guard_report() returns trigger
    language plpgsql
    set search_path = pg_catalog
as $$
begin
    if current_user not like 'langbiang\_%' then
        return new;
    end if;
    if new.is_public and exists (select from platform.report_category_rule c
                                  where c.category = new.report_category and c.is_private) then
        raise exception 'a report of category % is never public', new.report_category using errcode = 'check_violation';
    end if;
    if tg_op = 'UPDATE' and new.report_status is distinct from old.report_status then
        if not exists (select from platform.report_transition t
                        where t.from_status = old.report_status and t.to_status = new.report_status) then
            raise exception 'report % cannot go from % to %', old.report_code, old.report_status, new.report_status
                using errcode = 'check_violation';
        end if;
    end if;
    if tg_op = 'UPDATE' and (new.report_status, new.assigned_unit) is distinct from (old.report_status, old.assigned_unit)
    then
        insert into platform.report_event (report_id, status, unit, note, merged_into)
        values (new.id, new.report_status, new.assigned_unit,
                nullif(current_setting('langbiang.report_note', true), ''),
                nullif(current_setting('langbiang.report_main', true), '')::bigint);
    end if;
    return new;
end;
$$;
revoke execute on function platform.guard_report() from public;

create or replace trigger guard_report before insert or update on city.report_points
    for each row execute function platform.guard_report();

-- Public reports that are not done, within some metres of a place in WGS 84. Below the row policy of the layer, PostgreSQL
-- would judge every report before it may use the index of places.
create or replace function platform.reports_near(
    longitude double precision, latitude double precision, metres double precision
) returns table (code text, category text, status text, content text, received_at timestamptz,
                 distance double precision, photo bigint, followers bigint)
    language sql stable security definer
    set search_path = pg_catalog
as $$
    select r.report_code, r.report_category, r.report_status, r.public_content, r.received_at,
           public.st_distance(r.geom, place.geom),
           (select min(p.id) from platform.report_photo p where p.report_id = r.id and p.is_public),
           (select count(*) from platform.report_follow f where f.report_id = r.id)
      from (select public.st_transform(
                public.st_setsrid(public.st_makepoint(longitude, latitude), 4326), {storage}) as geom) as place,
           city.report_points r
     where r.is_public and public.st_dwithin(r.geom, place.geom, least(metres, 500))
       and r.report_status not in ('tu_choi', 'dong', 'cong_khai', 'da_xu_ly')
     order by 6 limit 50
$$;
