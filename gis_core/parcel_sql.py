"""The statements behind a parcel's card; each takes `id`, `day`, `near` and `sliver` as bind parameters.

They name no personal column: those are read apart, for those who may, and noted in the audit.
"""

PARCEL = """
select p.id, p.parcel_uid, p.map_sheet_no, p.parcel_no, p.old_map_sheet_no, p.old_parcel_no, p.area_m2, p.legal_area_m2,
       p.land_use_code, p.land_use_origin, p.land_use_form, p.land_use_term, p.parcel_address, p.property_eid,
       p.survey_date, p.valid_from, p.valid_to, p.source, coalesce(p.valid_to < :day, false) as past,
       p.geom is not null and not st_isempty(p.geom) as drawn,
       round(st_area(p.geom)::numeric, 2)::float as drawn_area_m2,
       p.ward_code, today.name as ward, p.ward_code_survey, earlier.name as ward_before,
       earlier.valid_to as ward_before_to
  from city.land_parcels p
  left join lateral (
       select name from city.wards w
        where w.code = p.ward_code and coalesce(w.valid_from, '-infinity') <= :day
          and coalesce(w.valid_to, 'infinity') >= :day
        order by w.valid_from desc nulls last limit 1) as today on true
  -- Codes were used again with another meaning: the ward of the survey is one that has ended since.
  left join lateral (
       select name, valid_to from city.wards w
        where w.code = p.ward_code_survey and w.valid_to < :day and coalesce(p.survey_date, w.valid_to) <= w.valid_to
        order by w.valid_to desc limit 1) as earlier on true
 where p.id = :id
"""

PURPOSES = """
select land_use_code, area_m2, term from city.land_parcel_purposes where parcel_id = :id order by rank
"""

ADDRESSES = """
select h.id, coalesce(h.full_address, concat_ws(' ', h.house_number, h.street_name)) as address, h.house_number,
       h.house_number_old, h.street_name, h.residential_group, h.status,
       coalesce(link.confidence, h.parcel_confidence) as confidence, h.assign_decision_no, w.name as ward_before
  from (select id as house_id from city.house_numbers where parcel_id = :id
         union select house_id from city.address_parcels
                where parcel_id = :id and coalesce(valid_to, 'infinity') >= :day) as linked
  join city.house_numbers h on h.id = linked.house_id
  left join lateral (
       select confidence from city.address_parcels a
        where a.house_id = h.id and a.parcel_id = :id and coalesce(a.valid_to, 'infinity') >= :day
        order by confidence desc limit 1) as link on true
  left join lateral (
       select name from city.wards w where w.code = h.ward_code_old and w.valid_to < :day
        order by w.valid_to desc limit 1) as w on true
 where coalesce(h.valid_to, 'infinity') >= :day
 order by h.status = 'hien_hanh' desc, confidence desc nulls last, h.id
"""

FOREST = """
with parcel as (select geom from city.land_parcels where id = :id)
select f.forest_dataset, f.forest_function, f.forest_compartment, f.forest_subcompartment, f.forest_plot,
       round(sum(st_area(st_intersection(f.geom, parcel.geom)))::numeric, 2)::float as area_m2
  from parcel join city.forest f on f.geom && parcel.geom and st_intersects(f.geom, parcel.geom)
 group by 1, 2, 3, 4, 5
having sum(st_area(st_intersection(f.geom, parcel.geom))) >= :sliver
 order by area_m2 desc, 1, 2, 3, 4, 5
"""

PERMITS = """
with parcel as (select id, geom from city.land_parcels where id = :id),
     found as (
select b.id, b.permit_no, b.permit_type, b.permit_status, b.permit_date, b.expires_on, b.issuing_authority, b.work_type,
       b.storeys, b.height_m, b.footprint_m2, b.gfa_m2,
       round(st_distance(b.geom, parcel.geom)::numeric)::int as distance_m,
       b.parcel_id is not distinct from parcel.id
       or (b.geom && parcel.geom and st_area(st_intersection(b.geom, parcel.geom)) >= :sliver) as here
  from parcel join city.building_permits b on b.parcel_id = parcel.id or st_dwithin(b.geom, parcel.geom, :near))
select * from found order by here desc, case when not here then distance_m end, permit_date desc nulls last, id
"""

LINEAGE = """
select l.from_parcel_id = :id as later, l.kind, l.changed_on, l.decision_no, other.id, other.parcel_uid,
       other.map_sheet_no, other.parcel_no, other.area_m2, coalesce(other.valid_to < :day, false) as past
  from city.land_parcel_lineage l
  join city.land_parcels other
    on other.id = case when l.from_parcel_id = :id then l.to_parcel_id else l.from_parcel_id end
 where :id in (l.from_parcel_id, l.to_parcel_id)
 order by later, l.changed_on desc nulls last, other.parcel_uid, other.id
"""
