/** What a message says, in the order of the protocol, for people. */
import type { Entry, Message } from '../../raft/index.js';
import type { Directory } from './directory.js';
import type { MessageField } from './message-view.js';

type Value = MessageField['value'];

function entriesText(entries: readonly Entry[]): string {
  if (entries.length === 0) return '';
  return entries.map(({ index, term }) => `${index}/t${term}`).join(' ');
}

function valuesOf(message: Message, directory: Directory): Readonly<Record<string, Value>> {
  switch (message.kind) {
    case 'append': {
      const { prevIndex, prevTerm, commit, entries } = message;
      return { prevIndex, prevTerm, commit, count: entries.length, entries: entriesText(entries) };
    }
    case 'append-response': {
      const { index, reject, hintIndex, hintTerm } = message;
      return reject ? { reject, index, hintIndex, hintTerm } : { reject, index };
    }
    case 'vote':
    case 'pre-vote': {
      const { lastIndex, lastTerm, transfer } = message;
      return { lastIndex, lastTerm, transfer };
    }
    case 'vote-response':
    case 'pre-vote-response': {
      const { reject, commitIndex, commitTerm } = message;
      return commitIndex > 0 ? { reject, commitIndex, commitTerm } : { reject };
    }
    case 'heartbeat':
      return { commit: message.commit, readRound: message.readRound };
    case 'heartbeat-response':
      return { readRound: message.readRound };
    case 'snapshot':
      return { index: message.snapshot.index, snapshotTerm: message.snapshot.term };
    case 'timeout-now':
      return {};
    case 'propose':
      return { count: message.entries.length };
    case 'read-index':
      return { context: message.context.toString(16) };
    case 'read-index-response': {
      const { context, index, reject } = message;
      return { context: context.toString(16), index, reject };
    }
    case 'transfer-leader':
      return { transferee: directory.numberOf(message.transferee) };
  }
}

export function fieldsOf(message: Message, directory: Directory): readonly MessageField[] {
  return Object.entries(valuesOf(message, directory)).map(([name, value]) => ({ name, value }));
}

/** 0 for messages that belong to no term. */
export function termOf(message: Message): number {
  return 'term' in message ? message.term : 0;
}
