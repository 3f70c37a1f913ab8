/** The guided steps in Chinese; `i18n/en/lessons.ts` says what a card is. */
import type { lessonTexts as english } from '../en/lessons.js';

export const lessonTexts: Record<keyof typeof english, string> = {
  'lesson.heading': '分步演示',
  'lesson.menu': '选择步骤',
  'lesson.progress': '第 {card} 张卡片，共 {cards} 张',
  'lesson.section': 'Raft 论文 {paper} · 博士论文 {thesis}',
  'lesson.next': '继续',
  'lesson.nextLesson': '下一步：{title}',
  'lesson.again': '重新开始本步骤',
  'lesson.why': '为什么？',
  'lesson.whyClose': '回到卡片',
  'lesson.pause': '暂停',
  'lesson.continue': '接着演示',
  'lesson.freePlay': '自由操作',
  'lesson.return': '回到本步骤',
  'lesson.freeText': '自由操作：宕机、断网、写入，随你安排。步骤停在你离开的地方，随时可以回来。',
  'lesson.waiting': '请看舞台，到时会自动停下。',
  'lesson.overdue': '预期的事没有按时发生：这次运行走了另一条路。可以继续等，也可以重新开始本步骤。',
  'lesson.wait': '继续等',
  'lesson.finished': '全部步骤都看完了。接下来可以看场景库，或者自由操作。',
  'lesson.loading': '正在准备本步骤……',

  'lesson.election.title': '1 · 选主',
  'lesson.election.panel':
    '如果所有定时器同时到期，每个成员都投给自己，谁也选不上，所以选举超时要随机化：etcd 默认每 100 毫秒发一次心跳，超时为 1 到 2 秒。这里演示的是论文里的 Raft；服务器在竞选前还会先询问一轮（预投票，见场景库）。',
  'lesson.election.wait.before':
    '五个成员启动后都是跟随者。此时没有领导者，没有心跳来重置定时器，圆环不断减少。',
  'lesson.election.wait.control': '让定时器走起来',
  'lesson.election.wait.why':
    '成员 {candidate} 最先超时：它成为候选人，把任期加到 {term}，并投票给自己。超时时间是随机的，所以很少有成员同时竞选。',
  'lesson.election.ask.before': '候选人现在向其他每个成员请求任期 {term} 的选票。',
  'lesson.election.ask.control': '发送投票请求',
  'lesson.election.ask.why':
    '每个成员在一个任期里只投一票，只投给日志至少和自己一样新的候选人，而且先把这一票落盘，再应答。',
  'lesson.election.win.before': '五个成员的法定票数是三：除了自己的一票，再得两票即可。',
  'lesson.election.win.control': '清点选票',
  'lesson.election.win.why':
    '成员 {leader} 成为任期 {term} 的领导者。任意两个多数派必有共同成员，而它只投一票，所以一个任期绝不会有两个领导者。',
  'lesson.election.heartbeat.before': '新领导者立刻通知所有成员，并追加一条属于自己任期的空日志条目。',
  'lesson.election.heartbeat.control': '让其他成员收到通知',
  'lesson.election.heartbeat.why':
    '每次心跳都会重置跟随者的定时器。只要心跳按时到达，就不会有别的成员发起选举。',

  'lesson.write.title': '2 · 一次写入，两个阶段',
  'lesson.write.panel':
    '假如跟随者收到就直接提交，那么网络分区时两边各有一个领导者，会提交不同的条目，数据从此不一致。等到多数派确认再提交，就只有一边能提交：可能看到脑裂，但数据不会错乱。',
  'lesson.write.request.before': '客户端向领导者（成员 {leader}）发送 put hello world。第一阶段“复制”开始。',
  'lesson.write.request.control': '发送写请求',
  'lesson.write.request.why':
    '所有写入都经过领导者，这样全部写入只有一个顺序。跟随者收到客户端的写请求会转发给领导者。',
  'lesson.write.append.before': '领导者把请求封装成一个日志条目，追加到自己的本地日志。',
  'lesson.write.append.control': '追加日志',
  'lesson.write.append.why': '条目 {index} 是虚框：已复制，未提交。此时它仍可能丢失，所以客户端必须等待。',
  'lesson.write.send.before': '领导者同时把这个日志条目发送给所有跟随者。',
  'lesson.write.send.control': '发送日志条目',
  'lesson.write.send.why':
    '消息里带着前一个条目的索引和任期，对不上的跟随者会拒绝。因此索引和任期相同的两个条目，其之前的日志也完全相同。',
  'lesson.write.copy.before': '每个跟随者追加该条目，写入磁盘之后才发送确认。',
  'lesson.write.copy.control': '让跟随者写入日志',
  'lesson.write.copy.why':
    '成员 {follower} 已把它写入预写日志（WAL）：这个确认承诺了宕机也不会丢。此时所有的框仍是虚框。',
  'lesson.write.majority.before': '多数派（含领导者，五个中的三个）持有该条目后，第二阶段“提交”开始。',
  'lesson.write.majority.control': '统计确认',
  'lesson.write.majority.why':
    '条目 {index} 在领导者上变成实框：已提交。以后的领导者都需要多数派的选票，而每个多数派里都有成员持有该条目。',
  'lesson.write.apply.before': '领导者把已提交的条目应用到状态机，也就是键值存储。',
  'lesson.write.apply.control': '应用到状态机',
  'lesson.write.apply.why':
    '框被填满：hello=world 已写入领导者的存储，修订版本为 {revision}。所有成员按同样的顺序应用同样的条目。',
  'lesson.write.answer.before': '现在领导者可以应答客户端了。',
  'lesson.write.answer.control': '应答客户端',
  'lesson.write.answer.why':
    '提交之后客户端才收到 OK，不必等较慢的跟随者：多数派落了盘的数据，任意两个成员宕机也不会丢。',
  'lesson.write.notify.before': '跟随者还不知道已提交。领导者接下来的消息会带上提交索引。',
  'lesson.write.notify.control': '通知跟随者',
  'lesson.write.notify.why':
    '成员 {follower} 得知 {index} 及之前的条目都已提交，它的框也变成实框。跟随者从不自行决定提交。',
  'lesson.write.learn.before': '每个跟随者把该条目应用到自己的状态机。',
  'lesson.write.learn.control': '让所有成员应用',
  'lesson.write.learn.why':
    '五个成员都有了 hello=world：同样的日志、同样的顺序、同样的状态。这就是复制状态机。',

  'lesson.crash.title': '3 · 领导者宕机',
  'lesson.crash.panel':
    '超时太短，会把网络慢误认为宕机，白白选举；超时太长，大家都在干等。Raft 的要求是：网络往返时间远小于选举超时，选举超时远小于平均故障间隔。任期号为选举计数，单调递增。',
  'lesson.crash.tail.before': '先把领导者（成员 {crashed}）与其他成员断开，再让客户端向它写入。',
  'lesson.crash.tail.control': '断开并写入',
  'lesson.crash.tail.why':
    '领导者追加了条目 {lost}，但没有成员收到；五个里只有一个，达不到法定票数。它一直是虚框，客户端得不到应答。',
  'lesson.crash.down.before': '现在领导者宕机。已写入磁盘的内容都还在，包括那条未提交的条目。',
  'lesson.crash.down.control': '让领导者宕机',
  'lesson.crash.down.why': '宕机的成员不再说话。其他成员分不清是宕机还是网络慢，只知道心跳没来。',
  'lesson.crash.timeout.before': '没有心跳，跟随者的定时器一直减少。',
  'lesson.crash.timeout.control': '等一个定时器到期',
  'lesson.crash.timeout.why':
    '成员 {candidate} 发起任期 {term} 的选举。任期只增不减，所以大家能区分旧领导者的消息和新消息。',
  'lesson.crash.elected.before': '还剩四个成员，五成员集群的法定票数仍是三。',
  'lesson.crash.elected.control': '进行选举',
  'lesson.crash.elected.why':
    '成员 {leader} 成为任期 {term} 的领导者。它持有全部已提交的条目：缺少任何一条的候选人都会被多数派拒绝。条目 {lost} 没有提交过。',

  'lesson.remain.title': '4 · 剩余集群继续运行',
  'lesson.remain.panel':
    '五个成员容忍两个故障，三个容忍一个。四个成员的法定票数是三，也只容忍一个，与三个成员相同：多出的偶数成员增加开销，不增加安全。所以集群通常是三、五或七个成员。',
  'lesson.remain.write.before': '五个成员中有四个在线。客户端向新领导者写入 put color blue。',
  'lesson.remain.write.control': '写入',
  'lesson.remain.write.why': '三个确认就够了：条目 {index} 已提交并应答。缺席的成员不影响任何人。',
  'lesson.remain.forward.before':
    '客户端不必知道谁是领导者。这次把 put shape round 发给跟随者（成员 {follower}）。',
  'lesson.remain.forward.control': '通过跟随者写入',
  'lesson.remain.forward.why': '跟随者把请求转发给领导者；等条目提交并在本地应用之后，由它自己应答客户端。',

  'lesson.return.title': '5 · 恢复宕机节点',
  'lesson.return.panel':
    '那条写入丢了，算不算违背承诺？不算：客户端从未收到 OK。没有应答的写入，可能执行了，也可能没有，客户端需要自己查看。应答过的一定已提交，已提交的绝不会被覆盖。',
  'lesson.return.restart.before':
    '成员 {crashed} 重新启动并读取磁盘：任期 {oldTerm} 的条目 {lost} 还在它的日志里。',
  'lesson.return.restart.control': '重新启动',
  'lesson.return.restart.why':
    '它以跟随者的身份启动：任期、投票和日志经得起宕机，领导者身份不保存。最后一条仍是虚框。',
  'lesson.return.term.before': '领导者的下一条消息让它得知任期 {term}。',
  'lesson.return.term.control': '让它收到领导者的消息',
  'lesson.return.term.why':
    '更高的任期终结所有旧任期：它更新任期，成为跟随者。曾经领导过任期 {oldTerm} 不再有任何意义。',
  'lesson.return.overwrite.before': '领导者找到两份日志一致的最后一个条目，把之后的条目发给它。',
  'lesson.return.overwrite.control': '比较日志',
  'lesson.return.overwrite.why':
    '那条虚框条目被领导者任期 {term} 的条目 {lost} 覆盖。跟随者的日志以领导者为准；领导者从不覆盖自己的日志。',
  'lesson.return.catchUp.before': '它错过的其余条目随后到达，还有提交索引。',
  'lesson.return.catchUp.control': '让它追上',
  'lesson.return.catchUp.why':
    '五份日志、五份存储又完全一致。如果那些条目在领导者上已被压缩掉，领导者会改发快照。',

  'lesson.partition.title': '6 · 网络分区，五个宕机三个',
  'lesson.partition.panel':
    '两个领导者，为什么只有一个能提交？提交需要五个中的三个，而选出新领导者的三个成员已离开旧任期，会拒绝旧领导者的条目。网络可以让人看错谁是领导者，但造不出两个没有共同成员的多数派。',
  'lesson.partition.split.before':
    '把网络切成两半：领导者 {oldLeader} 和一个跟随者在一边，另外三个成员在另一边。',
  'lesson.partition.split.control': '分区 2 | 3',
  'lesson.partition.split.why':
    '出现两个领导者：任期 {oldTerm} 的成员 {oldLeader}，任期 {newTerm} 的成员 {newLeader}。旧的还不知道新任期。看看谁能提交。',
  'lesson.partition.minority.before': '客户端向旧领导者写入 put side two。',
  'lesson.partition.minority.control': '向旧领导者写入',
  'lesson.partition.minority.why':
    '五个里只有两个，不是多数派：条目 {minorityIndex} 在两边都停在虚框，客户端一直等待。没有作出任何承诺。',
  'lesson.partition.majority.before': '另一个客户端向新领导者写入 put side three。',
  'lesson.partition.majority.control': '向新领导者写入',
  'lesson.partition.majority.why':
    '五个中的三个提交了它。另一边绝不可能在同一位置提交别的内容：那需要这三个成员之一。',
  'lesson.partition.heal.before': '网络恢复，旧领导者得知更高的任期。',
  'lesson.partition.heal.control': '恢复网络',
  'lesson.partition.heal.why': '它立即退位，虚框条目被覆盖。两个领导者确实出现过，错误的数据从未出现。',
  'lesson.partition.down.before': '现在五个成员中有三个同时宕机。',
  'lesson.partition.down.control': '让三个成员宕机',
  'lesson.partition.down.why': '只剩两个，而法定票数仍是三：宕机的成员也计入集群的大小。',
  'lesson.partition.halt.before': '一个客户端写入 put after crash，另一个线性化读 side。',
  'lesson.partition.halt.control': '写入并读取',
  'lesson.partition.halt.why':
    '三秒过去，没有应答：两个成员不能替五个作决定。但也没有错误的答案。Raft 放弃的是可用性，不是一致性（CP）。',
  'lesson.partition.revive.before': '一个宕机的成员重新启动：五个中有了三个。',
  'lesson.partition.revive.control': '恢复一个成员',
  'lesson.partition.revive.why':
    '又有了法定票数：条目 {index} 提交，两个客户端都晚一些得到了应答，读到的是“{value}”。最多不给答案，或者晚给答案，绝不给错误答案。',

  'lesson.serializable.title': '7 · 序列化读',
  'lesson.serializable.panel':
    '序列化读直接由收到请求的成员从自己的存储应答，不询问任何成员。它开销小，没有法定票数也能用，但可能读到旧数据。它给出的每个状态都真实存在过，只是不一定最新。',
  'lesson.serializable.elect.before': '三个成员启动并选出领导者，与第 1 步相同。',
  'lesson.serializable.elect.control': '选主',
  'lesson.serializable.elect.why':
    '成员 {leader} 是领导者。读有两种：本步骤演示开销小的一种，下一步演示严格的一种。',
  'lesson.serializable.store.before': '客户端写入 hello=old。',
  'lesson.serializable.store.control': '写入',
  'lesson.serializable.store.why': '三个成员的存储里都是 hello=old，修订版本为 {revision}。',
  'lesson.serializable.slow.before': '成员 {slow} 的磁盘变慢，随后客户端写入 hello=world。',
  'lesson.serializable.slow.control': '放慢磁盘并写入',
  'lesson.serializable.slow.why':
    '三个中的两个持有该条目，于是提交并应答。成员 {slow} 还没写完磁盘，所以尚未应用。',
  'lesson.serializable.stale.before': '客户端从成员 {slow} 序列化读 hello：不询问任何成员。',
  'lesson.serializable.stale.control': '序列化读',
  'lesson.serializable.stale.why':
    '得到“{value}”：很快，但是旧数据。在这次读开始之前，新的写入就已经应答了。',

  'lesson.linearizable.title': '8 · 线性化读',
  'lesson.linearizable.panel':
    '线性化读能看到在它开始之前已应答的全部写入，无论问哪个成员，集群就像一台机器。代价是与多数派往返一次，可能还要等待应用。etcd 默认就是线性化读。它不写日志。',
  'lesson.linearizable.ask.before':
    '还是通过慢成员 {slow} 读，这次是线性化读。它先问领导者自己需要追到哪里。',
  'lesson.linearizable.ask.control': '线性化读',
  'lesson.linearizable.ask.why':
    '领导者 {leader} 记下自己的提交索引 {readIndex}：到此刻为止应答过的写入都在它之前。',
  'lesson.linearizable.round.before': '但它还是领导者吗？它发出一轮心跳来确认。',
  'lesson.linearizable.round.control': '确认领导者身份',
  'lesson.linearizable.round.why': '多数派在它的任期内应答，说明读请求到来时不可能有别人提交过更新的内容。',
  'lesson.linearizable.index.before': '领导者应答该成员：读索引是 {readIndex}。',
  'lesson.linearizable.index.control': '返回提交索引',
  'lesson.linearizable.index.why':
    '成员 {slow} 知道要追到条目 {readIndex}，而自己只应用到 {applied}，所以读请求等待。',
  'lesson.linearizable.wait.before': '慢磁盘终于写完，成员应用了该条目。',
  'lesson.linearizable.wait.control': '等待应用',
  'lesson.linearizable.wait.why': '应用索引 {applied} 已经赶上读索引。从这一刻起，本地状态机足够新。',
  'lesson.linearizable.answer.before': '现在成员读自己的存储并应答。',
  'lesson.linearizable.answer.control': '应答读请求',
  'lesson.linearizable.answer.why':
    '得到“{value}”：晚了一点，但是正确。数据来自慢成员自己，领导者只告诉它要等到哪里。',
};
