/** Plays cases on one program in one setting, one after the other, and keeps what was written down. */
import type { Program } from '../../harness/index.js';
import type { Case } from './case.js';
import { Cluster } from './cluster.js';
import { Conversation, type Line } from './conversation.js';
import type { Coverage } from './coverage.js';
import { FIXTURES, type Fixture, type FixtureName } from './fixtures.js';
import { NormalForm } from './normal-form.js';
import type { Fields } from './rpc.js';
import type { Setting, Target } from './target.js';
import { wipe } from './wipe.js';

export class Player {
  readonly #program: Program;
  readonly #setting: Setting;
  readonly #coverage: Coverage;
  readonly #clusters = new Map<FixtureName, Cluster>();
  readonly #normals = new Map<Cluster, NormalForm>();

  constructor(program: Program, setting: Setting, coverage: Coverage) {
    this.#program = program;
    this.#setting = setting;
    this.#coverage = coverage;
  }

  async play(each: Case, target: Target): Promise<readonly Line[]> {
    const name = each.fixture ?? 'shared';
    const fixture: Fixture = FIXTURES[name];
    let cluster = this.#clusters.get(name);
    if (cluster === undefined) {
      cluster = await Cluster.launch(this.#program, this.#setting, name);
      if (fixture.isFresh !== true) this.#clusters.set(name, cluster);
    }
    let isClean = false;
    try {
      const conversation = await this.#playOn(cluster, each, target);
      if (fixture.isFresh !== true) isClean = await isWiped(conversation);
      return conversation.lines;
    } finally {
      if (!isClean) {
        this.#clusters.delete(name);
        await cluster.stop();
      }
    }
  }

  async #playOn(cluster: Cluster, each: Case, target: Target): Promise<Conversation> {
    const normal = await this.#normalOf(cluster);
    const conversation = new Conversation(each.name, target, cluster, normal, this.#coverage);
    try {
      await begin(conversation);
      await each.play(conversation);
    } catch (error) {
      conversation.lines.push({ what: 'the case', text: `failed: ${(error as Error).message}` });
    } finally {
      conversation.close();
    }
    return conversation;
  }

  async #normalOf(cluster: Cluster): Promise<NormalForm> {
    let normal = this.#normals.get(cluster);
    if (normal === undefined) {
      normal = new NormalForm();
      await cluster.nameAll(normal);
      this.#normals.set(cluster, normal);
    }
    return normal;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#clusters.values()].map((cluster) => cluster.stop()));
  }
}

/** Where the revisions stand. */
async function begin(conversation: Conversation): Promise<void> {
  const { normal } = conversation;
  const header = (await conversation.do('KV/Range', { key: '?' }))['header'] as Fields;
  normal.name(String(header['cluster_id']), '<cluster>');
  normal.revision = Number(header['revision']);
  normal.authRevision = Number((await conversation.do('Auth/AuthStatus'))['authRevision'] ?? 0);
}

const ROLES = ['leader', 'follower', 'other'] as const;

/** Whether the members hold the same state, as far as the revision tells. */
async function agree(conversation: Conversation): Promise<boolean> {
  const revisions = new Set<unknown>();
  for (const at of ROLES) {
    const answer = await conversation.do('KV/Range', { key: '?' }, { at });
    revisions.add((answer['header'] as Fields)['revision']);
  }
  return revisions.size === 1;
}

/** What cannot be wiped (a member may have died) is written down, and the next case gets a new cluster. */
async function isWiped(conversation: Conversation): Promise<boolean> {
  try {
    await wipe(conversation);
    if (conversation.target.members === 1 || (await agree(conversation))) return true;
    conversation.lines.push({ what: 'afterwards', text: 'the members hold different states' });
    return false;
  } catch (error) {
    conversation.lines.push({ what: 'afterwards', text: `failed: ${(error as Error).message}` });
    return false;
  }
}
