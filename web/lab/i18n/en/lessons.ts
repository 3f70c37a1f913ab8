/**
 * The guided steps in English. A card is one sentence of what is about to happen (`before`), the control that lets it
 * happen, and why it happened (`why`); together at most 60 words, which a test counts.
 */
export const lessonTexts = {
  'lesson.heading': 'Guided steps',
  'lesson.menu': 'Choose a step',
  'lesson.progress': 'Card {card} of {cards}',
  'lesson.section': 'Raft paper {paper} · thesis {thesis}',
  'lesson.next': 'Next',
  'lesson.nextLesson': 'Next step: {title}',
  'lesson.again': 'Start this step again',
  'lesson.why': 'Why?',
  'lesson.whyClose': 'Back to the card',
  'lesson.pause': 'Pause',
  'lesson.continue': 'Go on',
  'lesson.freePlay': 'Free play',
  'lesson.return': 'Back to the step',
  'lesson.freeText':
    'Free play: crash, cut, write what you like. The step waits for you, exactly where you left it.',
  'lesson.waiting': 'Watch the stage. It stops by itself.',
  'lesson.overdue':
    'This did not happen in time: the run went another way. Go on waiting, or start this step again.',
  'lesson.wait': 'Wait on',
  'lesson.finished': 'You have seen it all. Try the gallery, or play freely.',
  'lesson.loading': 'Preparing the step…',

  'lesson.election.title': '1 · Election',
  'lesson.election.panel':
    'If all timers ran out together, each member would vote for itself and nobody would win. So time-outs are random: etcd beats every 100 ms and waits 1 to 2 s. This is plain Raft; the server also asks before it campaigns (pre-vote, see the gallery).',
  'lesson.election.wait.before':
    'Five members start as followers. Nobody leads, so nothing refills their timers, the rings that run down.',
  'lesson.election.wait.control': 'Let the timers run',
  'lesson.election.wait.why':
    'Member {candidate} timed out first. It became a candidate, raised its term to {term} and voted for itself. Time-outs are random, so members seldom start together.',
  'lesson.election.ask.before': 'The candidate now asks every other member for its vote in term {term}.',
  'lesson.election.ask.control': 'Send the vote requests',
  'lesson.election.ask.why':
    'A member gives one vote per term, only to a candidate whose log is at least as new as its own, and stores the vote on disk before it answers.',
  'lesson.election.win.before': 'A quorum of five is three: two votes besides its own will do.',
  'lesson.election.win.control': 'Count the votes',
  'lesson.election.win.why':
    'Member {leader} leads term {term}. Any two majorities share a member, and it votes only once: a term never has two leaders.',
  'lesson.election.heartbeat.before':
    'The new leader tells everyone at once, and appends an empty entry of its own term.',
  'lesson.election.heartbeat.control': 'Let the others hear it',
  'lesson.election.heartbeat.why':
    'Each heartbeat refills a follower’s timer. As long as heartbeats arrive in time, nobody else stands for election.',

  'lesson.write.title': '2 · A write, in two phases',
  'lesson.write.panel':
    'Suppose followers applied entries at once. Then two leaders, one on each side of a partition, could apply different ones, and the copies would never agree again. Waiting for a majority means that only one of them can commit: split brain may be seen, wrong data never.',
  'lesson.write.request.before':
    'A client sends “put hello world” to the leader, member {leader}. Phase one, copying, begins.',
  'lesson.write.request.control': 'Send the put',
  'lesson.write.request.why':
    'All writes go through the leader, so that there is one order of all of them. A follower passes on what its clients send.',
  'lesson.write.append.before': 'The leader makes a log entry of the request and appends it to its own log.',
  'lesson.write.append.control': 'Append it',
  'lesson.write.append.why':
    'Entry {index} has a dashed border: copied, not committed. It could still be lost, so the client has to wait.',
  'lesson.write.send.before': 'The leader sends the entry to all followers at the same time.',
  'lesson.write.send.control': 'Send the entry',
  'lesson.write.send.why':
    'The message names the entry before it. A follower whose log differs there refuses; so where index and term are equal, everything before is equal too.',
  'lesson.write.copy.before':
    'Each follower appends the entry, writes it to its disk, and only then confirms it.',
  'lesson.write.copy.control': 'Let a follower write it',
  'lesson.write.copy.why':
    'Member {follower} has it in its write-ahead log: the confirmation promises that a crash will not lose it. All boxes are still dashed.',
  'lesson.write.majority.before':
    'Phase two, committing, begins when a majority holds the entry: three of five, the leader included.',
  'lesson.write.majority.control': 'Count the confirmations',
  'lesson.write.majority.why':
    'Entry {index} is solid on the leader: committed. Every future leader needs a majority of votes, and each majority includes someone who holds this entry.',
  'lesson.write.apply.before':
    'The leader applies the committed entry to its state machine, the key-value store.',
  'lesson.write.apply.control': 'Apply it',
  'lesson.write.apply.why':
    'The box is filled: hello=world is in the leader’s store at revision {revision}. All members apply the same entries in the same order.',
  'lesson.write.answer.before': 'Now the leader may answer the client.',
  'lesson.write.answer.control': 'Answer the client',
  'lesson.write.answer.why':
    'The client hears OK only after the commit. It need not wait for the slower followers: what a majority holds on disk survives any two crashes.',
  'lesson.write.notify.before':
    'The followers do not know yet. The leader’s next messages carry its commit index.',
  'lesson.write.notify.control': 'Tell the followers',
  'lesson.write.notify.why':
    'Member {follower} learnt that everything up to {index} is committed: its box is solid too. A follower never decides that by itself.',
  'lesson.write.learn.before': 'Each follower applies the entry to its own store.',
  'lesson.write.learn.control': 'Let all of them apply it',
  'lesson.write.learn.why':
    'All five stores hold hello=world: same log, same order, same state. That is a replicated state machine.',

  'lesson.crash.title': '3 · The leader crashes',
  'lesson.crash.panel':
    'A short time-out takes a slow network for a crash and elects without need; a long one leaves everybody waiting. Raft wants: round trip, much less than election time-out, much less than time between crashes. A term counts elections, and only grows.',
  'lesson.crash.tail.before':
    'First cut the leader, member {crashed}, off from the others; then a client sends it a write.',
  'lesson.crash.tail.control': 'Cut it off and write',
  'lesson.crash.tail.why':
    'The leader appended entry {lost}, but nobody hears of it, and one of five is no quorum. It stays dashed; the client gets no answer.',
  'lesson.crash.down.before':
    'Now the leader crashes. What it wrote to its disk stays, also the uncommitted entry.',
  'lesson.crash.down.control': 'Crash the leader',
  'lesson.crash.down.why':
    'A crashed member says nothing. The others cannot tell a crash from a slow network: they only miss the heartbeats.',
  'lesson.crash.timeout.before': 'Without heartbeats the followers’ timers run down.',
  'lesson.crash.timeout.control': 'Let a timer run out',
  'lesson.crash.timeout.why':
    'Member {candidate} stands for election in term {term}. Terms only grow, so everybody can tell an old leader’s messages from new ones.',
  'lesson.crash.elected.before': 'Four members are left, and a quorum of five is still three.',
  'lesson.crash.elected.control': 'Hold the election',
  'lesson.crash.elected.why':
    'Member {leader} leads term {term}. It holds every committed entry: who lacked one would be refused by a majority. Entry {lost} was not committed.',

  'lesson.remain.title': '4 · The others carry on',
  'lesson.remain.panel':
    'Five members bear two failures, three bear one. Four need a quorum of three, so they bear only one, like three members: an even member adds cost, not safety. That is why clusters have three, five or seven.',
  'lesson.remain.write.before': 'Four of five are up. A client writes “put color blue” to the new leader.',
  'lesson.remain.write.control': 'Write',
  'lesson.remain.write.why':
    'Three confirmations are enough: entry {index} is committed and answered. The missing member holds up nobody.',
  'lesson.remain.forward.before':
    'Clients need not know who leads. This one sends “put shape round” to a follower, member {follower}.',
  'lesson.remain.forward.control': 'Write through a follower',
  'lesson.remain.forward.why':
    'The follower passed the request to the leader, and answered its client itself once the entry was committed and applied there.',

  'lesson.return.title': '5 · It comes back',
  'lesson.return.panel':
    'Is a lost write a broken promise? No: its client never heard OK. Without an answer a write may or may not have been carried out, and the client must look. What was answered is committed, and what is committed is never overwritten.',
  'lesson.return.restart.before':
    'Member {crashed} starts again and reads its disk: entry {lost} of term {oldTerm} is still in its log.',
  'lesson.return.restart.control': 'Restart it',
  'lesson.return.restart.why':
    'It starts as a follower: term, vote and log survive a crash, leadership does not. Its last entry is dashed.',
  'lesson.return.term.before': 'The leader’s next message tells it of term {term}.',
  'lesson.return.term.control': 'Let it hear the leader',
  'lesson.return.term.why':
    'A higher term ends every older one: the member adopts it and follows. That it once led term {oldTerm} counts for nothing.',
  'lesson.return.overwrite.before':
    'The leader looks for the last entry on which both logs agree, and sends what follows it.',
  'lesson.return.overwrite.control': 'Compare the logs',
  'lesson.return.overwrite.why':
    'The dashed entry was overwritten by the leader’s entry {lost} of term {term}. Followers follow the leader’s log; a leader never overwrites its own.',
  'lesson.return.catchUp.before': 'The other entries it missed follow, and the commit index.',
  'lesson.return.catchUp.control': 'Let it catch up',
  'lesson.return.catchUp.why':
    'Five equal logs again, five equal stores. Had the leader compacted those entries away, it would have sent a snapshot instead.',

  'lesson.partition.title': '6 · Partition, and three of five down',
  'lesson.partition.panel':
    'Why can only one of two leaders commit? A commit takes three of five, and the three who elected the new leader have left the old term: they refuse the old leader’s entries. The network may lie about who leads; it cannot make two majorities without a common member.',
  'lesson.partition.split.before':
    'Cut the network in two: leader {oldLeader} with one follower, and three members on the other side.',
  'lesson.partition.split.control': 'Partition 2 | 3',
  'lesson.partition.split.why':
    'Two leaders: {oldLeader} of term {oldTerm} and {newLeader} of term {newTerm}. The old one has not heard of the new term. Watch which of them can commit.',
  'lesson.partition.minority.before': 'A client writes “put side two” to the old leader.',
  'lesson.partition.minority.control': 'Write to the old leader',
  'lesson.partition.minority.why':
    'Two of five are no majority: entry {minorityIndex} stays dashed on both, and the client waits. Nothing was promised.',
  'lesson.partition.majority.before': 'Another client writes “put side three” to the new leader.',
  'lesson.partition.majority.control': 'Write to the new leader',
  'lesson.partition.majority.why':
    'Three of five committed it. The other side can never commit something else in its place: it would need one of these three.',
  'lesson.partition.heal.before': 'The network heals, and the old leader hears of the higher term.',
  'lesson.partition.heal.control': 'Heal the network',
  'lesson.partition.heal.why':
    'It stepped down and its dashed entry was overwritten. Two leaders were visible; wrong data never was.',
  'lesson.partition.down.before': 'Now three of the five members crash at once.',
  'lesson.partition.down.control': 'Crash three members',
  'lesson.partition.down.why':
    'Two are left, and a quorum is still three: crashed members count in the size of the cluster.',
  'lesson.partition.halt.before': 'One client writes “put after crash”, another reads “side” linearizably.',
  'lesson.partition.halt.control': 'Write and read',
  'lesson.partition.halt.why':
    'Three seconds, and no answer: two cannot decide for five. But no wrong answer either. Raft gives up availability, not consistency (CP).',
  'lesson.partition.revive.before': 'One crashed member starts again: three of five.',
  'lesson.partition.revive.control': 'Restart one member',
  'lesson.partition.revive.why':
    'A quorum again: entry {index} is committed, and both clients are answered, late; the read says “{value}”. At worst an answer comes late or never; a wrong one, never.',

  'lesson.serializable.title': '7 · A serializable read',
  'lesson.serializable.panel':
    'A serializable read is answered from the member’s own store, without asking anyone. It is cheap and works even without a quorum, and it may be old. Every state it shows did exist; it is only not always the newest.',
  'lesson.serializable.elect.before': 'Three members start and elect a leader, as in step 1.',
  'lesson.serializable.elect.control': 'Elect a leader',
  'lesson.serializable.elect.why':
    'Member {leader} leads. There are two kinds of reads; this step shows the cheap one, the next step the strict one.',
  'lesson.serializable.store.before': 'A client stores hello=old.',
  'lesson.serializable.store.control': 'Store it',
  'lesson.serializable.store.why': 'All three stores hold hello=old at revision {revision}.',
  'lesson.serializable.slow.before':
    'The disk of member {slow} becomes slow. Then a client stores hello=world.',
  'lesson.serializable.slow.control': 'Slow the disk and write',
  'lesson.serializable.slow.why':
    'Two of three hold the entry, so it is committed and answered. Member {slow} has not written it yet, so it has not applied it.',
  'lesson.serializable.stale.before':
    'A client reads hello from member {slow}, serializably: it asks nobody.',
  'lesson.serializable.stale.control': 'Read serializably',
  'lesson.serializable.stale.why':
    'The answer is “{value}”: at once, and stale. The write had been acknowledged before the read began.',

  'lesson.linearizable.title': '8 · A linearizable read',
  'lesson.linearizable.panel':
    'A linearizable read sees every write acknowledged before it began, whichever member is asked: the cluster looks like one machine. It costs a round trip to a majority, and perhaps a wait. etcd reads like this unless told otherwise. The log is not written.',
  'lesson.linearizable.ask.before':
    'The same read through slow member {slow}, linearizable. First it asks the leader how far it must be.',
  'lesson.linearizable.ask.control': 'Read linearizably',
  'lesson.linearizable.ask.why':
    'Leader {leader} notes its commit index {readIndex}: everything acknowledged up to now lies at or before it.',
  'lesson.linearizable.round.before': 'But does it still lead? It sends a round of heartbeats to be sure.',
  'lesson.linearizable.round.control': 'Confirm the leadership',
  'lesson.linearizable.round.why':
    'A majority answered in its term, so when the read came nobody else could have committed anything newer.',
  'lesson.linearizable.index.before': 'The leader answers the member: the read index is {readIndex}.',
  'lesson.linearizable.index.control': 'Return the commit index',
  'lesson.linearizable.index.why':
    'Member {slow} knows how far it must be: up to entry {readIndex}. It has applied only {applied}, so the read waits.',
  'lesson.linearizable.wait.before':
    'The slow disk finishes its write in the end, and the member applies the entry.',
  'lesson.linearizable.wait.control': 'Wait for the apply',
  'lesson.linearizable.wait.why':
    'The applied index {applied} has reached the read index. From here the local store is new enough.',
  'lesson.linearizable.answer.before': 'Now the member reads its own store and answers.',
  'lesson.linearizable.answer.control': 'Answer the read',
  'lesson.linearizable.answer.why':
    'The answer is “{value}”: late, and right. The data came from the slow member itself; the leader only said how long to wait.',
} as const;
