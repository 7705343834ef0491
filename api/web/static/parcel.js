// The card of a parcel beside the map: the same that its own page shows.
export async function parcelCard(id) {
  const answer = await fetch(`/parcels/${id}?f=html`).catch(() => null);
  // 410: the parcel has ceased to be, and its card names what came of it.
  if (!answer || !(answer.ok || answer.status === 410)) return null;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.getElementById("card");
}
