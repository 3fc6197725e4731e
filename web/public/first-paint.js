// Runs before the first paint: the theme of the last visit, so that a dark screen never flashes white.
(function () {
  var choice = "auto";
  try {
    choice = localStorage.getItem("hark.theme") || "auto";
  } catch {
    // storage switched off: the system's choice is good enough
  }
  var dark = choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
  try {
    var locale = localStorage.getItem("hark.locale");
    if (locale) document.documentElement.lang = locale;
  } catch {
    // see above
  }
})();
