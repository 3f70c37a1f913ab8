import { type ConfState, EMPTY_CONF_STATE } from '../../raft/index.js';
import type { Directory } from './directory.js';
import type { ConfigurationView } from './member-view.js';

export const NO_CONFIGURATION: ConfigurationView = {
  voters: [],
  votersOutgoing: [],
  learners: [],
  joint: false,
};

/** A member's configuration, made anew when it switches to another one. */
export class ConfigurationEyes {
  #seen: ConfState = EMPTY_CONF_STATE;
  #view: ConfigurationView = NO_CONFIGURATION;

  look(conf: ConfState, directory: Directory): ConfigurationView {
    if (conf === this.#seen) return this.#view;
    this.#seen = conf;
    const numbers = (ids: readonly bigint[]): number[] =>
      ids.map((id) => directory.numberOf(id)).sort((a, b) => a - b);
    this.#view = {
      voters: numbers(conf.voters),
      votersOutgoing: numbers(conf.votersOutgoing),
      learners: numbers([...conf.learners, ...conf.learnersNext]),
      joint: conf.votersOutgoing.length > 0,
    };
    return this.#view;
  }
}
