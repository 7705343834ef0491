-- Which tiles a statement has touched. It fires after 'record_…', which raises the layer's version and so lets the
-- statements that change a layer pass here one after the other.
--
-- Arguments: the first and the last zoom of the layer's tiles. Each row's box, old and new, touches the tiles that draw
-- it, with what they draw beyond their edges. The finest level on which a statement touches few tiles is kept 'whole',
-- with everything below it; so a statement leaves a few hundred rows at most, whatever it changes, and a load of
-- millions is told by one row for the layer.
create or replace function platform.touch_tiles() returns trigger
    language plpgsql
    security definer
    set search_path = pg_catalog
as $$
declare
    half constant double precision := 20037508.342789244;
    -- Of a tile's span: 64 of 4096 cells, as tiles are drawn, and 4 for the rounding of coordinates to cells.
    reach constant double precision := 68.0 / 4096;
    -- Above so many rows one box around all of them counts; above so many more they are not even looked at.
    most_rows constant integer := 1000;
    most_read constant integer := 50000;
    most_tiles constant integer := 256;
    first_zoom constant integer := tg_argv[0];
    last_zoom constant integer := tg_argv[1];
    raised bigint;
    changed integer;
    boxes public.geometry[];
    finest integer;
begin
    if tg_op = 'INSERT' then
        changed := (select count(*) from (select from new_rows limit most_read + 1) as counted);
    elsif tg_op = 'DELETE' then
        changed := (select count(*) from (select from old_rows limit most_read + 1) as counted);
    else
        -- Rows that an update left as they were keep their version (see platform.touch).
        changed := (select count(*) from (select from old_rows join new_rows using (id)
                                           where old_rows.version <> new_rows.version limit most_read + 1) as counted);
    end if;
    if changed = 0 then
        return null;
    elsif changed > most_read then
        boxes := array[]::public.geometry[];
    elsif changed > most_rows and tg_op = 'INSERT' then
        boxes := array(select public.st_extent(geom)::public.geometry from new_rows);
    elsif changed > most_rows and tg_op = 'DELETE' then
        boxes := array(select public.st_extent(geom)::public.geometry from old_rows);
    elsif changed > most_rows then
        boxes := array(select public.st_extent(geom)::public.geometry
                         from (select geom from old_rows union all select geom from new_rows) as every);
    elsif tg_op = 'INSERT' then
        boxes := array(select public.st_envelope(geom) from new_rows);
    elsif tg_op = 'DELETE' then
        boxes := array(select public.st_envelope(geom) from old_rows);
    else
        boxes := array(select public.st_envelope(unnest(array[old_rows.geom, new_rows.geom]))
                         from old_rows join new_rows using (id) where old_rows.version <> new_rows.version);
    end if;
    boxes := array_remove(boxes, null);
    if cardinality(boxes) = 0 and changed <= most_read then
        return null;
    end if;
    select version into raised from platform.layer_version where layer = tg_table_name;

    with box as materialized (
        -- Straight edges do not stay straight: they bulge by less than a millionth of a length of ten kilometres.
        select public.st_xmin(moved) - bulge as west, public.st_ymin(moved) - bulge as south,
               public.st_xmax(moved) + bulge as east, public.st_ymax(moved) + bulge as north
          from unnest(boxes) as one,
               lateral (select public.st_transform(public.st_setsrid(one, {storage}), 3857) as moved,
                               1.5 + 2e-8 * (power(public.st_xmax(one) - public.st_xmin(one), 2)
                                             + power(public.st_ymax(one) - public.st_ymin(one), 2)) as bulge) as there
         where not public.st_isempty(one)
    ), reached as materialized (
        select zoom,
               greatest(floor((west + half) / span - reach), 0)::integer as first_col,
               least(floor((east + half) / span + reach), (1 << zoom) - 1)::integer as last_col,
               greatest(floor((half - north) / span - reach), 0)::integer as first_row,
               least(floor((half - south) / span + reach), (1 << zoom) - 1)::integer as last_row
          from box, generate_series(first_zoom, last_zoom) as zoom,
               lateral (select 2 * half / (1 << zoom) as span) as level
    ), few as (
        select zoom from reached group by zoom
        having sum((last_col - first_col + 1)::bigint * (last_row - first_row + 1)) <= 16 * most_tiles
    ), touched as materialized (
        select distinct zoom, tile_row, tile_col
          from reached join few using (zoom), generate_series(first_row, last_row) as tile_row,
               generate_series(first_col, last_col) as tile_col
    ), deepest as (
        select max(zoom) as zoom
          from (select zoom from touched group by zoom having count(*) <= most_tiles) as known
    ), kept as (
        insert into platform.tile_version as known (layer, zoom, tile_row, tile_col, whole, version, changed_at)
        select tg_table_name, touched.zoom, tile_row, tile_col, touched.zoom = deepest.zoom, raised, now()
          from touched join deepest on touched.zoom <= deepest.zoom
            on conflict (layer, zoom, tile_row, tile_col, whole)
            do update set version = excluded.version, changed_at = excluded.changed_at
    )
    select zoom into finest from deepest;

    -- What all tiles of the layer go back to: this change, where it touched too many of them or is the first one noted.
    insert into platform.tile_version as known (layer, zoom, tile_row, tile_col, whole, version, changed_at)
    values (tg_table_name, 0, 0, 0, true, raised, now())
        on conflict (layer, zoom, tile_row, tile_col, whole)
        do update set version = excluded.version, changed_at = excluded.changed_at where finest is null;
    if finest is null then
        delete from platform.tile_version where layer = tg_table_name and zoom > 0;
    end if;
    return null;
end;
$$;
