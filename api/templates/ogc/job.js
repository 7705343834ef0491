// Follows a job until it ends, then loads the page again, which offers the result.
const place = document.getElementById("job");
const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

async function follow() {
  for (let pause = 500; ; pause = Math.min(pause * 1.2, 3000)) {
    await wait(pause);
    let state;
    try {
      const answer = await fetch(place.dataset.address, { credentials: "same-origin" });
      if (answer.status === 404 || answer.status === 401) return location.reload();
      if (!answer.ok) continue;
      state = await answer.json();
    } catch {
      continue; // the connection is away for the moment
    }
    if (state.status !== "accepted" && state.status !== "running") return location.reload();
    document.getElementById("progress").value = state.progress;
    const message = document.getElementById("message");
    if (message.textContent !== (state.message ?? "")) message.textContent = state.message ?? "";
  }
}

if (place.dataset.ended === "no") follow();
