// Tabs as the ARIA practices describe them: arrows move between them, and what is chosen is shown.
const tabs = [...document.querySelectorAll('[role="tab"]')];

export function chooseTab(name, { focus = false } = {}) {
  const chosen = tabs.find((one) => one.id === `tab-${name}`) ?? tabs[0];
  for (const tab of tabs) {
    const on = tab === chosen;
    tab.setAttribute("aria-selected", String(on));
    tab.tabIndex = on ? 0 : -1;
    document.getElementById(tab.getAttribute("aria-controls")).hidden = !on;
  }
  if (focus) chosen.focus();
}

export function listenToTabs(act) {
  const choose = (tab, options) => {
    chooseTab(tab.id.replace("tab-", ""), options);
    act(tab.id.replace("tab-", ""));
  };
  for (const [place, tab] of tabs.entries()) {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", (event) => {
      const steps = { ArrowRight: place + 1, ArrowLeft: place - 1 + tabs.length, Home: 0, End: tabs.length - 1 };
      if (!(event.key in steps)) return;
      event.preventDefault();
      choose(tabs[steps[event.key] % tabs.length], { focus: true });
    });
  }
}

export function currentTab() {
  return tabs.find((one) => one.getAttribute("aria-selected") === "true").id.replace("tab-", "");
}
