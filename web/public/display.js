// Runs before the first paint, so that nobody is dazzled; src/ui/display.ts takes over from here.
(function () {
  var chosen = {};
  try {
    chosen = JSON.parse(localStorage.getItem('linli.display')) || {};
  } catch {
    // A browser that keeps nothing shows the defaults.
  }
  var dark =
    chosen.theme === 'dark' ||
    (chosen.theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.classList.toggle('dark', dark);
  document.documentElement.classList.toggle('elder', chosen.large === true);
  if (chosen.language === 'en') document.documentElement.lang = 'en';
})();
