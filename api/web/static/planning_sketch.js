// Drawing on the map by mouse, finger or keyboard, with every step undone and redone.
const DOUBLE = 12; // pixels within which the last corner is meant once more

export class Sketch {
  #steps = [[]];
  #at = 0;
  #hover = null;

  // `name` is that of its overlay; `closed`: an area, else a line.
  constructor(views, name, colour, closed) {
    this.views = views;
    this.name = name;
    this.closed = closed;
    this.active = false;
    this.onchange = () => {};
    this.onfinish = () => {};
    this.onescape = () => {};
    views.overlay(name, [
      { type: "fill", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": colour, "fill-opacity": 0.12 } },
      { type: "line", filter: ["!=", ["geometry-type"], "Point"], layout: { "line-join": "round" }, paint: { "line-color": colour, "line-width": 2.5, "line-dasharray": [2, 1] } },
      { type: "circle", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-radius": 4.5, "circle-color": "#ffffff", "circle-stroke-color": colour, "circle-stroke-width": 2 } },
    ]);
    views.on("click", (event) => this.active && this.#add(event.lngLat, event.point));
    views.on("dblclick", (event) => this.active && this.#doubled(event));
    views.on("mousemove", (event) => this.active && this.#moved(event.lngLat));
    views.on("keydown", (event, map) => this.active && this.#key(event, map));
  }

  get points() {
    return this.#steps[this.#at];
  }

  get canUndo() {
    return this.#at > 0;
  }

  get canRedo() {
    return this.#at < this.#steps.length - 1;
  }

  start() {
    this.active = true;
    for (const map of this.views.maps) {
      map.doubleClickZoom.disable();
      map.getCanvas().classList.add("drawing");
    }
    this.views.main.getCanvas().focus();
  }

  stop() {
    this.active = false;
    this.#hover = null;
    for (const map of this.views.maps) {
      map.doubleClickZoom.enable();
      map.getCanvas().classList.remove("drawing");
    }
    this.#draw();
  }

  undo() {
    if (this.canUndo) this.#go(this.#at - 1);
  }

  redo() {
    if (this.canRedo) this.#go(this.#at + 1);
  }

  clear() {
    if (this.points.length) this.#step([]);
  }

  forget() {
    this.#steps = [[]];
    this.#go(0);
  }

  finish() {
    if (this.points.length >= (this.closed ? 3 : 2)) this.onfinish(this.points);
  }

  #add(place, point) {
    const last = this.points.at(-1);
    const map = this.views.main;
    if (last && point && map.project(last).dist(map.project(place)) < DOUBLE / 3) return;
    this.#step([...this.points, [place.lng, place.lat]]);
  }

  #doubled(event) {
    event.preventDefault();
    this.finish();
  }

  #moved(place) {
    if (!this.points.length) return;
    this.#hover = [place.lng, place.lat];
    this.#draw();
  }

  #key(event, map) {
    const control = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    if (event.key === "Enter") this.#addOrFinish(map);
    else if (event.key === "Escape") this.onescape();
    else if (event.key === "Backspace" || (control && key === "z" && !event.shiftKey)) this.undo();
    else if (control && (key === "y" || key === "z")) this.redo();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // The keyboard's cross is the middle of the map; the same place twice ends the drawing.
  #addOrFinish(map) {
    const middle = map.getCenter();
    const last = this.points.at(-1);
    const same = last && map.project(last).dist(map.project(middle)) < DOUBLE;
    if (same) this.finish();
    else this.#add(middle);
  }

  #step(points) {
    this.#steps = [...this.#steps.slice(0, this.#at + 1), points];
    this.#go(this.#at + 1);
  }

  #go(at) {
    this.#at = at;
    this.#draw();
    this.onchange();
  }

  #draw() {
    const corners = this.points.map((one) => ({ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: one } }));
    const path = this.active && this.#hover ? [...this.points, this.#hover] : this.points;
    const drawn = path.length > 2 && this.closed
      ? [{ type: "Polygon", coordinates: [[...path, path[0]]] }]
      : path.length > 1 ? [{ type: "LineString", coordinates: path }] : [];
    this.views.draw(this.name, [...drawn.map((geometry) => ({ type: "Feature", properties: {}, geometry })), ...corners]);
  }
}
