// The place under the cursor (or at the centre, for the keyboard) in WGS 84 and in VN-2000, as the server converts it.
const box = document.getElementById("coordinates");
const DELAY = 80;

export function showCoordinates(map) {
  let timer;
  let latest = 0;
  const show = ({ lng, lat }) => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const asked = (latest += 1);
      const answer = await fetch(`/coordinates?lon=${lng.toFixed(7)}&lat=${lat.toFixed(7)}`).catch(() => null);
      if (!answer?.ok || asked !== latest) return;
      const { wgs84, vn2000 } = await answer.json();
      box.textContent = `WGS 84 ${wgs84}${vn2000 ? ` · VN-2000 ${vn2000}` : ""}`;
    }, DELAY);
  };
  map.on("mousemove", (event) => show(event.lngLat));
  map.on("moveend", () => show(map.getCenter()));
}
