/** How hls.js is set up here: for endless television, and never giving up. */

/** A 4xx means that the piece is gone, and asking again is useless; anything else may mend. */
function mayMend(_config, _count, isTimeout, response) {
  const status = response?.code ?? 0;
  return isTimeout || status < 400 || status === 408 || status === 429 || status >= 500;
}

const FOR_EVER = { maxNumRetry: Infinity, retryDelayMs: 500, maxRetryDelayMs: 1000, shouldRetry: mayMend };

const persistent = (firstByteMs, wholeMs) => ({
  default: {
    maxTimeToFirstByteMs: firstByteMs,
    maxLoadTimeMs: wholeMs,
    timeoutRetry: FOR_EVER,
    errorRetry: FOR_EVER,
  },
});

// The first request is repeated by the player, which then shows that the station is away.
const once = { default: { maxTimeToFirstByteMs: 5000, maxLoadTimeMs: 10000, timeoutRetry: null, errorRetry: null } };

const TELEVISION = {
  lowLatencyMode: false,
  backBufferLength: 30, // endless by default: a set that runs for days would fill the memory
  liveSyncDurationCount: 3,
  liveMaxLatencyDurationCount: 8,
  maxBufferLength: 30,
  testBandwidth: false,
  manifestLoadPolicy: once,
  playlistLoadPolicy: persistent(5000, 10000),
  fragLoadPolicy: persistent(8000, 30000),
};

export const FULL = TELEVISION;

/** For the small pictures of the overview: as little memory and network as goes. */
export const PREVIEW = { ...TELEVISION, backBufferLength: 4, maxBufferLength: 8, enableWorker: false };
