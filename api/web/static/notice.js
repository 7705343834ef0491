// One message over the map, spoken to screen readers, with a button where something can be done.
const box = document.getElementById("notice");

export function notice(text, action, act) {
  box.replaceChildren(document.createTextNode(text));
  if (!action) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "action";
  button.textContent = action;
  button.addEventListener("click", act);
  box.append(button);
}

export function clearNotice() {
  box.replaceChildren();
}
