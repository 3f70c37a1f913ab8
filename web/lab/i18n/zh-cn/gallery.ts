/** The gallery in Chinese. */
import type { galleryTexts as english } from '../en/gallery.js';

export const galleryTexts: Record<keyof typeof english, string> = {
  'gallery.heading': '场景库',
  'gallery.intro':
    '每个场景都是一个链接：种子、成员数、选项和定时操作。有些场景可以关掉一条规则，看看它有什么用。',
  'gallery.open': '打开',
  'gallery.watch': '请看：{text}',
  'gallery.broken': '破坏规则：{rule}',
  'gallery.mended': '恢复规则',
  'gallery.again': '从头开始',
  'gallery.leave': '离开场景',
  'gallery.all': '全部场景',
  'gallery.paused': '在此停下，请比较各成员的日志。',
  'gallery.sound': '规则成立：没有不变式被破坏。',
  'gallery.expectBroken': '规则被破坏时，必有不变式失败：红色横条会指出是哪一条。',

  'gallery.splitVote.title': '选票被瓜分',
  'gallery.splitVote.text':
    '四个成员中的两个同时超时，选票二比二，这个任期没有领导者。新的随机超时使其中一个在之后的任期里先行一步。',
  'gallery.splitVote.watch': '两个候选人各得两票，之后的任期里只有一个候选人。',
  'gallery.preVote.title': '预投票',
  'gallery.preVote.text':
    '成员 5 被隔离五秒。它在竞选之前先询问自己能否当选，没有人应答，所以任期不变。恢复之后，集群不受任何干扰。',
  'gallery.preVote.watch': '成员 5 停在预候选人，任期始终不动。',
  'gallery.disruptive.title': '扰乱集群的成员',
  'gallery.disruptive.text':
    '同样的情形，但没有预投票。成员 5 被隔离后反复竞选，任期不断上涨。恢复之后，它的高任期让一个工作正常的领导者退位。',
  'gallery.disruptive.watch': '成员 5 的任期，以及网络恢复后领导者立刻退位。',
  'gallery.checkQuorum.title': '检查法定票数（check-quorum）',
  'gallery.checkQuorum.text':
    '领导者身边只剩一个跟随者。一个选举超时之内听不到多数派，它便主动退位，好让客户端另找他人。另一边选出新领导者。',
  'gallery.checkQuorum.watch': '没有人告诉成员 1 有新任期，它自己退位。',
  'gallery.figure7.title': '图 7：各不相同的日志',
  'gallery.figure7.text':
    '几个短命的领导者让六个跟随者的日志各不相同：有的缺条目，有的多条目，有的又缺又多。下一任领导者让它们都与自己一致。',
  'gallery.figure7.watch': '最后一次选举前后的日志表；被划掉的框就是被覆盖的条目。',
  'gallery.figure8.title': '图 8：旧任期的条目',
  'gallery.figure8.text':
    '领导者把旧任期的条目复制到了多数派。仅凭这一点还不算提交：没有见过它的成员仍可能当选并覆盖它。只有领导者自己任期的条目提交，才会连同之前的条目一起提交。',
  'gallery.figure8.watch': '多数派都有的虚框，一直是虚框，最后被覆盖。',
  'gallery.figure8.rule': '旧任期的条目不靠数副本来提交',
  'gallery.staleLeaderRead.title': '向已被取代的领导者读取',
  'gallery.staleLeaderRead.text':
    '成员 1 是领导者，被隔离后不知道其他成员已经另选并写入。在它上面的线性化读要先做一轮心跳确认，得不到多数派，所以不会应答。',
  'gallery.staleLeaderRead.watch': '另一边继续前进，成员 1 上的读请求一直没有应答。',
  'gallery.staleLeaderRead.rule': '领导者为每次读确认自己的身份',
  'gallery.readIndex.title': '经过跟随者的 ReadIndex',
  'gallery.readIndex.text':
    '向磁盘很慢的成员 3 发起线性化读。它向领导者要读索引，领导者用一轮心跳确认身份，成员 3 应用到该索引之后从自己的存储应答。',
  'gallery.readIndex.watch': '右侧面板里这次读的每一步；日志没有新条目。',
  'gallery.readIndex.rule': '读请求要等到本成员应用到读索引',
  'gallery.learner.title': '学习者加入',
  'gallery.learner.text':
    '一台新机器以学习者身份加入：得到全部日志，但没有选票，所以在它落后时法定票数不变。追上之后被提升为投票成员。',
  'gallery.learner.watch': '方块先补齐日志，然后变成圆形。',
  'gallery.jointConsensus.title': '联合共识',
  'gallery.jointConsensus.text':
    '成员变更经过联合配置：有一段时间，每个决定都同时需要旧成员的多数派和新成员的多数派。两者因此不会作出不同的决定。',
  'gallery.jointConsensus.watch': '右侧面板里的配置：先是两组投票成员，然后是一组。',
  'gallery.transfer.title': '移交领导权',
  'gallery.transfer.text':
    '领导者先确认成员 3 拥有全部日志，再让它立刻竞选。不必等超时就能当选，集群只有一次往返的时间没有领导者。',
  'gallery.transfer.watch': 'timeout-now 消息，以及空档有多短。',
  'gallery.snapshot.title': '用快照追赶',
  'gallery.snapshot.text':
    '成员 3 宕机期间，其他成员不断写入并裁剪了日志。它需要的条目已经没有了，领导者便直接发送状态，再发之后的条目。',
  'gallery.snapshot.watch': '快照消息，以及成员 3 日志的起始索引。',
  'gallery.bridge.title': '桥接分区',
  'gallery.bridge.text':
    '两半互相看不见，但都能看到成员 3。预投票与 check-quorum 一起保住唯一的领导者：还能听到它的成员拒绝另选。',
  'gallery.bridge.watch': '集群始终只有一个领导者，并继续提交。',
  'gallery.oneWay.title': '单向链路',
  'gallery.oneWay.text':
    '领导者能发不能收：它的心跳使别人不发起选举，自己却什么也提交不了。check-quorum 让它退位，其他成员另选。',
  'gallery.oneWay.watch': '心跳仍在到达，成员 1 还是退位了。',
  'gallery.unsynced.title': '没有落盘的写入',
  'gallery.unsynced.text':
    '三台机器同时断电，只在页缓存里的内容全部丢失；而应答过的写入在应答之前已在多数派上落盘。应答过的一条也不会丢。',
  'gallery.unsynced.watch': '框上的落盘标记，以及重启之后的键。',
  'gallery.unsynced.rule': '成员只确认已经落盘的内容',
  'gallery.forgottenVote.title': '投过的票要记住',
  'gallery.forgottenVote.text':
    '成员 3 投票给成员 1，随即断电，又在同一任期恢复。它记得自己的投票，所以拒绝成员 2：一个任期一票，宕机也不例外。',
  'gallery.forgottenVote.watch': '成员 3 重启之后拒绝投票。',
  'gallery.forgottenVote.rule': '投票落盘之后才送出',
  'gallery.shorterLog.title': '不投给更短的日志',
  'gallery.shorterLog.text':
    '成员 5 曾被隔离，缺少已提交的条目。它竞选时，拥有这些条目的成员都拒绝投票。领导者总是持有全部已提交的条目。',
  'gallery.shorterLog.watch': '成员 5 被拒绝的选票，以及最后谁是领导者。',
  'gallery.shorterLog.rule': '只投给日志至少和自己一样新的成员',
  'gallery.leaseClock.title': '租约读与慢时钟',
  'gallery.leaseClock.text':
    '使用租约读时，领导者只要相信租约有效，就直接从内存应答。它的时钟偏慢，相信得太久：其他成员已经另选并写入，它却给出旧值。所以服务器默认不这样读。',
  'gallery.leaseClock.watch': '成员 1 上的读立刻得到应答，却是旧值：这个选项本身就破坏了不变式。',
  'gallery.evenSize.title': '四个成员只容忍一个故障',
  'gallery.evenSize.text':
    '四个成员的法定票数是三：宕机一个还能写入，宕机两个就停止。三个成员也能容忍一个，所以偶数成员增加开销，不增加安全。',
  'gallery.evenSize.watch': '第一次写入得到应答，第二次一直等到有成员恢复。',
  'gallery.hasty.title': '谁算多数派',
  'gallery.hasty.text':
    '领导者被隔离，有一条写入只有它自己持有。它不能提交，而其他成员在同一索引写入了别的内容。',
  'gallery.hasty.watch': '同一索引上的两个不同条目：一个虚框，一个实框。',
  'gallery.hasty.rule': '条目只能由多数派提交',
  'gallery.noProgress.title': '五个宕机三个',
  'gallery.noProgress.text':
    '五个成员宕机三个，什么也决定不了：写入和线性化读都在等待。序列化读仍能应答，但可能是旧数据。恢复一个成员，一切继续。',
  'gallery.noProgress.watch': '一直等待的操作，没有任何一个得到错误的答案。',

  'share.button': '复制链接',
  'share.copied': '链接已复制',
  'share.manual': '请复制这个地址：',
  'share.damaged': '无法打开这个链接：{reason}',
  'share.differs':
    '这个链接由另一版本的代码生成：运行结果不同（事件 {event}，哈希 {hash}，链接中为 {expected}）。',
  'share.close': '关闭',
};
