/**
 * Chromium takes the last list only, so this one names again what Playwright turns off and we want off.
 * @see playwright-core, chromiumSwitches.ts
 */
const disabledFeatures = [
  'AimEnabled',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsFirstBalancedModeAutoEnable',
  'HttpsUpgrades',
  'MediaRouter',
  'NetworkTimeServiceQuerying',
  'OptimizationHints',
  'PaintHolding',
  'PreconnectToSearch',
  // With it off, storage of third parties is blocked instead of partitioned: the harder case of the two.
  'ThirdPartyStoragePartitioning',
  'Translate',
  // The address bar's suggestions are a page of their own, loaded with each window: a third of a test's processor time.
  'WebUIOmniboxAimPopup',
  'WebUIOmniboxPopup',
]

/** How tests and measurements start Chromium: without what it would ask of the network by itself. */
export const chromiumFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  `--disable-features=${disabledFeatures.join(',')}`,
]
