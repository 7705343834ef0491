// What the form of a report gains by a script: a map to tap, the telephone's location, and photos sent while one writes.
import { element } from "/static/element.js";

const { root, box: city, key, words } = JSON.parse(document.getElementById("settings").textContent);
const LARGEST = 15 * 2 ** 20;
const MOST = 3;
const told = document.getElementById("told");

function tell(sentence, fault = false) {
  told.textContent = sentence;
  told.classList.toggle("fault", fault);
}

class Place {
  constructor(form) {
    this.form = form;
    this.locate = document.getElementById("locate");
    this.locate.hidden = !(window.isSecureContext && navigator.geolocation);
    this.locate.addEventListener("click", () => this.find());
    this.show().catch(() => document.getElementById("place-map").remove());
  }

  async show() {
    const maplibre = await import("/static/vendor/maplibre-gl/maplibre-gl.mjs");
    maplibre.setWorkerUrl("/static/vendor/maplibre-gl/maplibre-gl-worker.mjs");
    const answer = await fetch("/styles/default", { credentials: "same-origin" });
    if (!answer.ok) throw new Error(`style: ${answer.status}`);
    // The style names the server's public address; the page may have been reached by another one.
    const style = JSON.parse((await answer.text()).replaceAll(`"${root}/`, `"${location.origin}/`));
    const [west, south, east, north] = city ?? [108.3, 11.8, 108.6, 12.05];
    const container = document.getElementById("place-map");
    container.hidden = false;
    document.getElementById("map-hint").hidden = false;
    this.map = new maplibre.Map({ container, style, bounds: [[west, south], [east, north]], maxZoom: 21, attributionControl: false });
    this.map.addControl(new maplibre.NavigationControl({ visualizePitch: false }), "top-left");
    this.marker = new maplibre.Marker({ color: "#b3005e" });
    this.map.on("click", (event) => this.choose(event.lngLat));
    this.map.getCanvas().addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.choose(this.map.getCenter());
    });
  }

  choose({ lng, lat }) {
    this.form.elements.lon.value = lng.toFixed(7);
    this.form.elements.lat.value = lat.toFixed(7);
    this.marker?.setLngLat([lng, lat]).addTo(this.map);
    document.getElementById("use").hidden = false;
    tell(words.choosing.replace("{place}", `${lat.toFixed(5)}, ${lng.toFixed(5)}`));
  }

  find() {
    tell(words.locating);
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        const place = { lng: coords.longitude, lat: coords.latitude };
        this.choose(place);
        this.map?.jumpTo({ center: place, zoom: 17 });
        document.getElementById("use").focus();
      },
      () => tell(words.no_location, true),
      { enableHighAccuracy: true, timeout: 15000, maximumAge: 30000 },
    );
  }
}

// Each photo goes by itself: what is wrong with it is said at once, and the form that follows is small.
class Photos {
  constructor(form) {
    this.form = form;
    this.input = form.elements.file;
    this.list = document.getElementById("thumbs");
    document.getElementById("photos").hidden = false;
    form.enctype = "application/x-www-form-urlencoded";
    this.input.removeAttribute("name");
    this.input.addEventListener("change", () => this.take());
    for (const kept of this.list.children) this.addRemoval(kept);
  }

  async take() {
    for (const file of [...this.input.files]) {
      if (this.list.children.length >= MOST) return this.end(words.most, true);
      if (file.size > LARGEST) return this.end(words.photo_large, true);
      tell(words.uploading);
      const answer = await this.send(file).catch(() => null);
      if (!answer?.ok) {
        const problem = await answer?.json().catch(() => null);
        const [vi, en] = (problem?.detail ?? "").split(" · ");
        return this.end((document.documentElement.lang === "en" ? en : vi) || words.photo_failed, true);
      }
      const { photo, warning } = await answer.json();
      this.keep(photo);
      this.end(warning || words.photo_kept.replace("{count}", this.list.children.length), Boolean(warning));
    }
  }

  send(file) {
    const body = new FormData();
    for (const name of ["lon", "lat"]) body.set(name, this.form.elements[name].value);
    body.set("key", key);
    body.set("file", file);
    const headers = { "X-CSRF-Token": this.form.elements.csrf_token.value };
    return fetch("/report/photos", { method: "POST", body, headers, credentials: "same-origin" });
  }

  keep(photo) {
    if (this.list.querySelector(`input[value="${photo}"]`)) return;
    const image = element("img", { src: `/report/photos/${photo}?key=${key}`, alt: "", width: 96, height: 96 });
    const kept = element("li", {}, image, element("input", { type: "hidden", name: "photo", value: photo }));
    this.addRemoval(kept);
    this.list.append(kept);
  }

  addRemoval(kept) {
    const button = element("button", { type: "button", className: "action" }, words.remove);
    button.addEventListener("click", () => kept.remove());
    kept.append(button);
  }

  end(sentence, fault = false) {
    this.input.value = "";
    tell(sentence, fault);
  }
}

const place = document.getElementById("place");
const what = document.getElementById("what");
if (place) new Place(place);
if (what) new Photos(what);
