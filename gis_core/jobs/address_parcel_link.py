"""Links of house numbers and parcels, derived from the register and from where plates stand."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, text

from gis_core.jobs.job import Job, Progress
from gis_core.layer import Text

SOURCE = "address-parcel-link"

# A link that people have made or changed under another source is theirs: it is neither repeated nor touched. The line
# from a plate to the parcel across the road would cross the road.
_LINK = text(
    """
    with houses as materialized (
        select id, parcel_id, parcel_confidence, geom, status from city.house_numbers
         where cast(:ward as text) is null or ward_code = :ward),
    parcels as materialized (
        select h.id as house_id, h.status, p.id as parcel_id from houses h
          join city.land_parcels p on st_intersects(p.geom, h.geom)
         where coalesce(p.valid_to >= current_date, true)),
    nearest as materialized (
        select h.id as house_id, h.status, near.id as parcel_id, near.distance from houses h
         cross join lateral (
               select p.id, st_distance(p.geom, h.geom) as distance from city.land_parcels p
                where st_dwithin(p.geom, h.geom, :most) and coalesce(p.valid_to >= current_date, true)
                  and not exists (select from city.roads r
                                   where st_intersects(r.geom, st_shortestline(h.geom, p.geom)))
                order by 2, 1 limit 1) as near
         where h.parcel_id is null and not exists (select from parcels where house_id = h.id)),
    derived as (
        select id as house_id, parcel_id, status, coalesce(parcel_confidence, 0.9) as confidence,
               'declared' as provenance, 'Theo sổ số nhà · By the register of house numbers' as how, 1 as rank
          from houses where parcel_id is not null
        union all
        select house_id, parcel_id, status, 0.95, 'spatial', 'Biển số nằm trong thửa · The plate is in the parcel', 2
          from parcels
        union all
        select house_id, parcel_id, status, round((0.8 - 0.4 * distance / :most)::numeric, 2), 'spatial',
               format('Thửa gần nhất cùng bên đường, cách %s m · The nearest parcel on the same side, %s m away',
                      round(distance::numeric, 1), round(distance::numeric, 1)), 3
          from nearest),
    found as materialized (
        select distinct on (house_id, parcel_id) house_id, parcel_id, confidence, provenance, how,
               case when status = 'so_cu' then 'former' else 'stands_on' end as relation,
               house_id || '/' || parcel_id as key
          from derived d
         where not exists (select from city.address_parcels as own where own.house_id = d.house_id
                              and own.parcel_id = d.parcel_id and own.source <> :source)
         order by house_id, parcel_id, rank),
    gone as (
        delete from city.address_parcels as known
         where source = :source and house_id in (select id from houses)
           and not exists (select from found where found.key = known.source_ref) returning 1),
    changed as (
        update city.address_parcels as known
           set relation = found.relation, how = found.how, confidence = found.confidence,
               provenance = found.provenance
          from found where known.source = :source and known.source_ref = found.key
           and row(known.relation, known.how, known.confidence, known.provenance)
               is distinct from row(found.relation, found.how, found.confidence::double precision, found.provenance)
        returning 1),
    added as (
        insert into city.address_parcels
               (house_id, parcel_id, relation, how, confidence, provenance, source, source_ref)
        select house_id, parcel_id, relation, how, confidence, provenance, :source, key from found
         where not exists (select from city.address_parcels as known
                            where known.source = :source and known.source_ref = found.key)
        returning 1)
    select (select count(*) from found) as links, (select count(*) from added) as added,
           (select count(*) from changed) as changed, (select count(*) from gone) as removed,
           (select count(*) from houses h where not exists (select from found where house_id = h.id)) as unlinked
    """
)


class AddressParcelLink(BaseModel):
    """One ward, or the city; a plate in no parcel gets the nearest within `most_m` on its side of the street."""

    model_config = ConfigDict(extra="forbid")

    ward: str | None = Field(None, title="Mã phường, xã · Ward code", pattern="^[0-9]{5}$")
    most_m: float = Field(10.0, title="Thửa gần nhất trong vòng (m) · Nearest parcel within (m)", ge=1, le=50)


def link(connection: Connection, parameters: AddressParcelLink, progress: Progress) -> dict[str, Any]:
    """How many links there are, and how many were added, changed and removed; `unlinked` numbers have none."""
    progress(0.1, Text("Liên kết số nhà với thửa đất", "linking house numbers and parcels"))
    asked = {"ward": parameters.ward, "most": parameters.most_m, "source": SOURCE}
    return dict(connection.execute(_LINK, asked).mappings().one())


ADDRESS_PARCEL_LINK = Job(
    id="address-parcel-link",
    title=Text("Liên kết số nhà với thửa đất", "Links of house numbers and parcels"),
    description=Text(
        "Liên kết mỗi số nhà với thửa đất theo sổ, theo vị trí biển số, hoặc thửa gần nhất cùng bên đường.",
        "Links each number to parcels by the register, by where its plate is, or to the nearest on its side.",
    ),
    parameters=AddressParcelLink,
    work=link,
    roles=frozenset({"planner", "administrator"}),
    reads=("house_numbers", "land_parcels", "roads"),
    writes=("address_parcels",),
)
