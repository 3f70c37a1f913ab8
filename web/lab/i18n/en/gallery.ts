/** The gallery in English: of each scenario its title, what happens, what to watch, and the rule that can be broken. */
export const galleryTexts = {
  'gallery.heading': 'Gallery',
  'gallery.intro':
    'Each scenario is a link: seed, size, options and timed actions. Some have a rule that can be switched off, to see what it is for.',
  'gallery.open': 'Open',
  'gallery.watch': 'Watch: {text}',
  'gallery.broken': 'Break the rule: {rule}',
  'gallery.mended': 'Keep the rule',
  'gallery.again': 'From the start',
  'gallery.leave': 'Leave the scenario',
  'gallery.all': 'All scenarios',
  'gallery.paused': 'It stands still for you to look: compare the logs.',
  'gallery.sound': 'The rules hold: no invariant breaks.',
  'gallery.expectBroken': 'With the rule broken an invariant must fail: the bar turns red and names it.',

  'gallery.splitVote.title': 'Split vote',
  'gallery.splitVote.text':
    'Two of four members time out at the same moment and split the votes two to two. Nobody leads that term. New random time-outs make one of them first in a later term.',
  'gallery.splitVote.watch': 'two candidates with two votes each, then a term in which only one stands.',
  'gallery.preVote.title': 'Pre-vote',
  'gallery.preVote.text':
    'Member 5 is cut off for five seconds. Before it campaigns it asks whether it could win, nobody answers, and so its term stays. When it returns, nothing is disturbed.',
  'gallery.preVote.watch': 'member 5 as pre-candidate; its term never moves.',
  'gallery.disruptive.title': 'The disruptive member',
  'gallery.disruptive.text':
    'The same without pre-vote. Cut off, member 5 campaigns again and again and its term climbs. When it comes back, its high term deposes a leader that served everybody well.',
  'gallery.disruptive.watch':
    'the term of member 5, and the leader stepping down right after the network heals.',
  'gallery.checkQuorum.title': 'Check-quorum',
  'gallery.checkQuorum.text':
    'The leader is left with one follower. It hears no majority for an election time-out and steps down by itself, so its clients turn elsewhere. The other side elects.',
  'gallery.checkQuorum.watch': 'member 1 gives up although nobody told it of a new term.',
  'gallery.figure7.title': 'Figure 7: logs that differ',
  'gallery.figure7.text':
    'Several short-lived leaders leave six followers with different logs: entries missing, entries too many, and both. The next leader brings each to its own log.',
  'gallery.figure7.watch': 'the log grid before and after the last election; struck boxes are overwritten.',
  'gallery.figure8.title': 'Figure 8: entries of older terms',
  'gallery.figure8.text':
    'A leader copies an entry of an older term to a majority. That alone does not commit it: a member that never saw it can still be elected and overwrite it. Only an entry of the leader’s own term commits what lies before it.',
  'gallery.figure8.watch': 'a dashed box on a majority that stays dashed, and is overwritten.',
  'gallery.figure8.rule': 'older terms are not committed by counting copies',
  'gallery.staleLeaderRead.title': 'Reading from a deposed leader',
  'gallery.staleLeaderRead.text':
    'Member 1 leads, is cut off, and does not know that the others elected and wrote. A linearizable read there asks for a round of heartbeats, gets no majority, and is not answered.',
  'gallery.staleLeaderRead.watch': 'the read at member 1 that stays open while the other side moves on.',
  'gallery.staleLeaderRead.rule': 'a leader confirms its leadership for each read',
  'gallery.readIndex.title': 'ReadIndex through a follower',
  'gallery.readIndex.text':
    'Member 3, whose disk is slow, gets a linearizable read. It asks the leader for a read index, the leader confirms itself by a round of heartbeats, and member 3 answers from its own store once it has applied so far.',
  'gallery.readIndex.watch': 'the path of the read in the inspector, step by step; no entry is written.',
  'gallery.readIndex.rule': 'a read waits until its member has applied the read index',
  'gallery.learner.title': 'A learner joins',
  'gallery.learner.text':
    'A new machine joins as a learner. It gets the whole log and has no vote, so the quorum does not grow while it is behind. Once it has caught up it is promoted to a voter.',
  'gallery.learner.watch': 'the square that fills its log, then becomes a circle.',
  'gallery.jointConsensus.title': 'Joint consensus',
  'gallery.jointConsensus.text':
    'A change of members goes through a joint configuration: for a while every decision needs a majority of the old members and one of the new ones. So the two can never decide differently.',
  'gallery.jointConsensus.watch': 'the configuration in the inspector: two sets of voters, then one.',
  'gallery.transfer.title': 'Handing over the leadership',
  'gallery.transfer.text':
    'The leader makes sure that member 3 has everything, then tells it to campaign at once. It wins without waiting for a time-out; the cluster is without a leader for one round trip only.',
  'gallery.transfer.watch': 'the timeout-now message, and how short the gap is.',
  'gallery.snapshot.title': 'Catching up by snapshot',
  'gallery.snapshot.text':
    'Member 3 was down while the others wrote and cut their logs. The entries it needs are gone, so the leader sends the state itself, and then the entries behind it.',
  'gallery.snapshot.watch': 'the snapshot message, and the first index of member 3’s log.',
  'gallery.bridge.title': 'Bridge partition',
  'gallery.bridge.text':
    'Two halves cannot see each other, but both see member 3. Pre-vote and check-quorum together keep one leader: whoever still hears it refuses to elect another.',
  'gallery.bridge.watch': 'that the cluster keeps one leader and goes on committing.',
  'gallery.oneWay.title': 'A link that works one way',
  'gallery.oneWay.text':
    'The leader can send and hears nothing: its heartbeats keep the others from electing, but it can commit nothing. Check-quorum makes it step down, and the others elect.',
  'gallery.oneWay.watch': 'member 1 giving up, though its heartbeats still arrive.',
  'gallery.unsynced.title': 'A write that was not synced',
  'gallery.unsynced.text':
    'All three machines lose power at once. What was only in the page cache is gone; what was acknowledged had been synced before, on a majority. Nothing acknowledged is lost.',
  'gallery.unsynced.watch': 'the ticks of durable boxes, and the key after the restart.',
  'gallery.unsynced.rule': 'a member acknowledges only what its disk holds',
  'gallery.forgottenVote.title': 'A vote is remembered',
  'gallery.forgottenVote.text':
    'Member 3 votes for member 1, loses power and comes back in the same term. It remembers its vote, so it refuses member 2: one vote per term, also across a crash.',
  'gallery.forgottenVote.watch': 'the refused vote of member 3 after its restart.',
  'gallery.forgottenVote.rule': 'a vote is on the disk before it is given',
  'gallery.shorterLog.title': 'No vote for a shorter log',
  'gallery.shorterLog.text':
    'Member 5 was cut off and misses committed entries. It campaigns, and is refused by everyone who has them. A leader always holds all that is committed.',
  'gallery.shorterLog.watch': 'the votes refused to member 5, and who leads in the end.',
  'gallery.shorterLog.rule': 'votes go only to logs that are as new as one’s own',
  'gallery.leaseClock.title': 'Lease reads and a slow clock',
  'gallery.leaseClock.text':
    'With lease reads a leader answers from memory as long as it believes its lease holds. Its clock runs slow, so it believes too long: the others have elected and written, and it answers with the old value. That is why the server does not read so by default.',
  'gallery.leaseClock.watch':
    'the read at member 1 that is answered at once, and is stale: the option itself breaks the invariant.',
  'gallery.evenSize.title': 'Four members bear one failure',
  'gallery.evenSize.text':
    'Four members need a quorum of three. With one down writes go on; with two down they stop. Three members would bear as much: an even size adds cost, not safety.',
  'gallery.evenSize.watch': 'the first write answered, the second one open until a member returns.',
  'gallery.hasty.title': 'Who may count as a majority',
  'gallery.hasty.text':
    'The leader is cut off with a write that only it holds. It must not commit it, and the others write something else at the same index.',
  'gallery.hasty.watch': 'two different entries at one index: one dashed, one solid.',
  'gallery.hasty.rule': 'an entry is committed by a majority only',
  'gallery.noProgress.title': 'Three of five down',
  'gallery.noProgress.text':
    'With three of five members down nothing is decided: writes and linearizable reads wait. A serializable read still answers, perhaps with old data. When one member returns, all goes on.',
  'gallery.noProgress.watch': 'open operations, and that none of them is ever answered wrongly.',

  'share.button': 'Copy link',
  'share.copied': 'Link copied',
  'share.manual': 'Copy this address:',
  'share.damaged': 'This link cannot be opened: {reason}',
  'share.differs':
    'This link was made by another version of the code: the run ends differently (event {event}, hash {hash}, the link says {expected}).',
  'share.close': 'Close',
} as const;
