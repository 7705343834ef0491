// The upload of a plan file: with a look at its size first, its progress, and the refusal in words.
const { limit, words } = JSON.parse(document.getElementById("settings").textContent);
const form = document.getElementById("upload");
const refused = document.getElementById("refused");
const progress = document.getElementById("progress");
const button = form.querySelector("button");
const MEGABYTE = 1024 * 1024;

function refuse(sentence) {
  // A refusal carries both languages, Vietnamese first.
  const [vietnamese, english] = sentence.split(" · ");
  refused.textContent = document.documentElement.lang === "en" ? (english ?? vietnamese) : vietnamese;
  refused.hidden = false;
  progress.textContent = "";
  button.disabled = false;
  refused.scrollIntoView({ block: "center" });
}

function answered(request) {
  let answer = {};
  try {
    answer = JSON.parse(request.responseText);
  } catch {
    return refuse(words.failed);
  }
  if (request.status < 300) location.assign(answer.href);
  else refuse(answer.detail ?? words.failed);
}

function send() {
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json");
  request.setRequestHeader("X-CSRF-Token", form.elements.csrf_token.value);
  request.upload.addEventListener("progress", (event) => {
    const share = Math.round((100 * event.loaded) / event.total);
    progress.textContent = share < 100 ? words.sending.replace("{share}", share) : words.reading;
  });
  request.addEventListener("load", () => answered(request));
  request.addEventListener("error", () => refuse(words.failed));
  request.send(new FormData(form));
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  refused.hidden = true;
  const size = form.elements.file.files[0].size;
  if (size > limit) {
    const told = words.too_large.replace("{size}", Math.ceil(size / MEGABYTE));
    return refuse(told.replace("{limit}", Math.floor(limit / MEGABYTE)));
  }
  button.disabled = true;
  send();
});
