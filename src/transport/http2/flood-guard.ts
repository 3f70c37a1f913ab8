/**
 * Frames that cost us more than their sender, or do nothing at all, by kind. Each kind has a burst and a rate; what
 * comes above ends the connection with ENHANCE_YOUR_CALM.
 */
import type { Clock } from '../../platform/index.js';
import * as limits from './limits.js';
import { RateLimit } from './rate-limit.js';

export class FloodGuard {
  /** Resets of running streams, sent ("rapid reset", CVE-2023-44487) or provoked ("made you reset", CVE-2025-8671). */
  readonly resets: RateLimit;
  /** SETTINGS (CVE-2019-9515). */
  readonly settings: RateLimit;
  /** PING (CVE-2019-9512). */
  readonly pings: RateLimit;
  /** Empty DATA (CVE-2019-9518), PRIORITY, unknown types, frames of closed streams. */
  readonly idle: RateLimit;

  constructor(clock: Clock) {
    this.resets = new RateLimit(clock, limits.RESET_BURST, limits.RESETS_PER_SECOND);
    this.settings = new RateLimit(clock, limits.SETTINGS_BURST, limits.SETTINGS_PER_SECOND);
    this.pings = new RateLimit(clock, limits.PING_BURST, limits.PINGS_PER_SECOND);
    this.idle = new RateLimit(clock, limits.IDLE_FRAME_BURST, limits.IDLE_FRAMES_PER_SECOND);
  }
}
