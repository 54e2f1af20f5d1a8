// What looking.py asks of a page: one function a question, each giving a list of faults as text.
({
  html: (element, length = 160) => element.outerHTML.replace(/\s+/g, " ").slice(0, length),
  all: () => [...document.body.querySelectorAll("*")],
  scrolls: element =>
    ["auto", "scroll"].includes(getComputedStyle(element).overflowX) && element.scrollWidth > element.clientWidth + 1,

  async axe(tags) {
    const { violations } = await axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] });
    const told = rule => node => `${rule.id}: ${this.html({ outerHTML: node.html })} ${node.failureSummary.replace(/\s+/g, " ")}`;
    return violations.flatMap(rule => rule.nodes.map(told(rule)));
  },

  active() {
    const runs = ["SCRIPT", "IFRAME", "OBJECT", "EMBED", "FORM", "BASE", "LINK", "VIDEO", "AUDIO"];
    const isActive = element =>
      runs.includes(element.tagName) ||
      (element.tagName == "META" && element.httpEquiv.toLowerCase() == "refresh") ||
      (element.tagName == "IMG" && !(element.getAttribute("src") || "").startsWith("data:")) ||
      [...element.attributes].some(({ name, value }) => name.startsWith("on") || /^\s*javascript:/i.test(value));
    return [...document.querySelectorAll("*")].filter(isActive).map(element => this.html(element));
  },

  tooWide(width) {
    const root = document.scrollingElement;
    if (root.scrollWidth <= width && innerWidth <= width) return [];
    const wide = this.all().filter(element => element.getBoundingClientRect().right > width + 1);
    return [`${Math.max(root.scrollWidth, innerWidth)} pixels in a window of ${width}`, ...wide.slice(0, 5).map(e => this.html(e))];
  },

  cutOff() {
    const onPaper = matchMedia("print").matches;
    const hides = element => {
      const { overflowX } = getComputedStyle(element);
      return ["hidden", "clip"].includes(overflowX) || (onPaper && ["auto", "scroll"].includes(overflowX));
    };
    // What is for screen readers alone is a pixel wide.
    const isCut = element =>
      element.clientWidth > 1 && element.clientHeight > 1 && element.scrollWidth > element.clientWidth + 1 && hides(element);
    return this.all().filter(isCut).map(e => `${e.scrollWidth} pixels in ${e.clientWidth}: ${this.html(e)}`);
  },

  unnamed() {
    const levels = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].map(heading => Number(heading.tagName[1]));
    const faults = [];
    if (document.title.trim().length < 5) faults.push(`title: "${document.title}"`);
    if (document.documentElement.lang != "fr") faults.push(`lang: "${document.documentElement.lang}"`);
    if (levels.filter(level => level == 1).length != 1) faults.push(`main headings: ${levels}`);
    if (levels.some((level, at) => at && level > levels[at - 1] + 1)) faults.push(`a heading level is skipped: ${levels}`);
    return faults;
  },

  links: () => [...document.querySelectorAll("a[href]")].map(link => link.href),
  lostPlaces: () =>
    [...document.querySelectorAll("a[href^='#']")]
      .map(link => decodeURIComponent(link.hash.slice(1)))
      .filter(name => name && !document.getElementById(name)),
  openAll: () => document.querySelectorAll("details").forEach(details => (details.open = true)),

  // Everything that the keyboard must reach, numbered.
  wanted() {
    document.activeElement.blur();
    scrollTo(0, 0);
    const wanted = this.all().filter(
      element => element.checkVisibility({ visibilityProperty: true }) && (element.tabIndex >= 0 || this.scrolls(element)),
    );
    wanted.forEach((element, number) => (element.dataset.wanted = number));
    return wanted.map(element => this.html(element));
  },

  focused() {
    const element = document.activeElement;
    if (!element || [document.body, document.documentElement].includes(element)) return null;
    const style = getComputedStyle(element), box = element.getBoundingClientRect();
    return {
      number: Number(element.dataset.wanted ?? -1),
      isShown: (style.outlineStyle != "none" && parseFloat(style.outlineWidth) >= 1) || style.boxShadow != "none",
      isInside: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
      html: this.html(element),
    };
  },

  // Whether a summary can be opened or closed: give it the focus, and say how it stands.
  summaries: () => document.querySelectorAll("summary").length,
  focusSummary(number) {
    const summary = document.querySelectorAll("summary")[number];
    summary.focus();
    return { isVisible: summary.checkVisibility(), isOpen: summary.parentElement.open, html: this.html(summary) };
  },

  spilled(names, marks) {
    const faults = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const isAlone = element => !/\p{L}/u.test(names.reduce((text, name) => text.replaceAll(name, ""), element.textContent));
    const isolates = element => {
      const { unicodeBidi, display } = getComputedStyle(element);
      return /isolate|plaintext/.test(unicodeBidi) && (display.startsWith("inline") || isAlone(element));
    };
    for (let node; (node = walk.nextNode()); ) {
      if (!marks.some(mark => node.data.includes(mark))) continue;
      let element = node.parentElement;
      while (element != document.body && !isolates(element)) element = element.parentElement;
      if (element == document.body) faults.push(this.html(node.parentElement));
    }
    return faults;
  },
})
