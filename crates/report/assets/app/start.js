// The page begins.

setThemes();
setHead();
buildMissing();
watchScrollers();
if (samples.length > 0) startBrowser();
