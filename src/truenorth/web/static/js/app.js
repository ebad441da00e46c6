// Pages work without any of this; each module makes one thing nicer.
import { startSwap } from "./swap.js";
import { startKeys } from "./keys.js";
import { startPalette } from "./palette.js";
import { startTheme } from "./theme.js";
import { startLive } from "./live.js";
import { startCopy } from "./copy.js";
import "./chart.js";

startTheme();
startSwap();
startKeys();
startPalette();
startLive();
startCopy();
