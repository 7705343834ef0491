"""The statements that draw the map of a parcel.

`left`, `bottom`, `right`, `top` are the frame in metres, `k` is millimetres of paper per metre.
"""

OUTLINE = "select st_asbinary(geom) from city.land_parcels where id = :id"

# What is cut off at the frame is cut a little outside it: the cut must not look like a boundary.
AREAS = """
with frame as (
select st_makeenvelope(:left, :bottom, :right, :top, (:srid)::int) as seen,
       st_expand(st_makeenvelope(:left, :bottom, :right, :top, (:srid)::int), 4 / :k) as cut),
     found as (
select 'planning_zones' as layer, z.land_use_code as code, null as label, z.geom,
       case when p.plan_level = 'general' then 1 else 2 end as rank, z.id
  from frame join city.planning_zones z on z.geom && frame.seen left join city.plans p on p.id = z.plan_id
 where coalesce(z.valid_from, '-infinity') <= :day and coalesce(z.valid_to, 'infinity') >= :day
 union all
select 'water', null, null, w.geom, 3, w.id from frame join city.water w on w.geom && frame.seen
 union all
select 'roads', null, null, r.geom, 4, r.id from frame join city.roads r on r.geom && frame.seen
 where coalesce(r.valid_to, 'infinity') >= :day
 union all
select 'buildings', null, null, b.geom, 5, b.id from frame join city.buildings b on b.geom && frame.seen
 union all
select 'land_parcels', null, n.parcel_no, n.geom, 6, n.id from frame join city.land_parcels n on n.geom && frame.seen
 where coalesce(n.valid_to, 'infinity') >= :day and n.id <> :id
 union all
select 'parcel', null, p.parcel_no, p.geom, 7, p.id from city.land_parcels p where p.id = :id),
     clipped as (
select layer, code, label, rank, id,
       st_transscale(st_clipbybox2d(geom, frame.cut::box2d),
                     -(:left)::float, -(:bottom)::float, (:k)::float, (:k)::float)
       as drawn,
       st_transscale(st_clipbybox2d(geom, frame.seen::box2d),
                     -(:left)::float, -(:bottom)::float, (:k)::float, (:k)::float)
       as shown
  from found, frame)
select layer, st_assvg(drawn, 0, 2) as path, code,
       case when layer = 'parcel' or st_area(shown) >= :label_mm2 then label end as label,
       coalesce(st_x(place), 0) as x, coalesce(-st_y(place), 0) as y
  from clipped, lateral (select case when label is not null then st_pointonsurface(shown) end as place) as labelled
 where not st_isempty(drawn)
 order by rank, id
"""

STREETS = """
with frame as (select st_makeenvelope(:left, :bottom, :right, :top, (:srid)::int) as seen),
     lines as (
select r.street_name as name,
       (st_dump(st_transscale(st_clipbybox2d(st_linemerge(r.geom), frame.seen::box2d),
                              -(:left)::float, -(:bottom)::float, (:k)::float, (:k)::float))).geom as line
  from frame join city.roads r on r.geom && frame.seen
 where r.street_name is not null and coalesce(r.valid_to, 'infinity') >= :day),
     longest as (
select distinct on (name) name, line from lines
 where st_geometrytype(line) = 'ST_LineString' and st_length(line) > 1.9 * length(name)
 order by name, st_length(line) desc),
     placed as (
select name, st_lineinterpolatepoint(line, 0.5) as place,
       degrees(st_azimuth(st_lineinterpolatepoint(line, 0.4), st_lineinterpolatepoint(line, 0.6))) as azimuth
  from longest)
select name, st_x(place) as x, -st_y(place) as y,
       case when azimuth >= 180 then azimuth - 270 else azimuth - 90 end as angle
  from placed where azimuth is not null order by name
"""
