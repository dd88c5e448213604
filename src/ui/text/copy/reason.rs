//! What a finding says: the problem, and the clause behind it.

use super::{Clause, FactKind, Lang, Near, Problem};
use crate::stage::copy::check::Answer;

/// The words of the clauses and problems, for the test that each has a glyph.
pub fn clause(lang: Lang, clause: Clause) -> &'static str {
    match clause {
        Clause::AdLaw9State => lang.pick(
            "China’s Advertising Law, Art. 9 (2): no names or images of state organs and their people.",
            "《广告法》第九条第（二）项：不得使用国家机关及其工作人员的名义或者形象。",
        ),
        Clause::AdLaw9Superlative => lang.pick(
            "China’s Advertising Law, Art. 9 (3): no “national level”, “highest”, “best” and the like.",
            "《广告法》第九条第（三）项：不得使用“国家级”“最高级”“最佳”等用语。",
        ),
        Clause::AdLaw11Source => lang.pick(
            "China’s Advertising Law, Art. 11: data and quotations must be true and name their source.",
            "《广告法》第十一条：引用的数据、结果应当真实，并表明出处。",
        ),
        Clause::AdLaw12Patent => lang.pick(
            "China’s Advertising Law, Art. 12: a patent needs its number and kind.",
            "《广告法》第十二条：涉及专利的，应当标明专利号和专利种类。",
        ),
        Clause::AdLaw13Belittling => lang.pick(
            "China’s Advertising Law, Art. 13: no belittling of other businesses’ goods.",
            "《广告法》第十三条：不得贬低其他生产经营者的商品。",
        ),
        Clause::AdLaw17Medical => lang.pick(
            "China’s Advertising Law, Art. 17: no medical effects for goods that are no medicine.",
            "《广告法》第十七条：非医疗商品不得涉及疾病治疗功能。",
        ),
        Clause::AdLaw28Misleading => lang.pick(
            "China’s Advertising Law, Art. 28: what can’t be proved misleads.",
            "《广告法》第二十八条：无法证实的内容构成虚假广告。",
        ),
        Clause::AdLaw38Endorsement => lang.pick(
            "China’s Advertising Law, Art. 38: a customer’s voice needs a real customer. Copy doesn’t make one up.",
            "《广告法》第三十八条：推荐须以真实使用为据，文案不得冒充顾客口吻。",
        ),
        Clause::PriceLaw14 => lang.pick(
            "China’s Price Law, Art. 14: no false or pressing claims about price and stock.",
            "《价格法》第十四条：不得以虚假或紧迫的价格、库存说法诱导购买。",
        ),
        Clause::GuideAttitude => lang.pick(
            "Allowed: it speaks of the shop’s attitude (2023 guide on absolute terms, not about the goods, 1).",
            "可用：仅表明服务态度或经营理念（2023年执法指南，未指向商品，第一项）。",
        ),
        Clause::GuideAim => lang.pick(
            "Allowed: it is an aim (2023 guide on absolute terms, not about the goods, 2).",
            "可用：仅表达目标追求（2023年执法指南，未指向商品，第二项）。",
        ),
        Clause::GuideUnrelated => lang.pick(
            "Allowed: it doesn’t speak of the goods’ quality (2023 guide on absolute terms, not about the goods, 3).",
            "可用：与商品性能、质量无直接关联（2023年执法指南，未指向商品，第三项）。",
        ),
        Clause::GuideOwnRange => lang.pick(
            "Allowed: it compares goods of one’s own (2023 guide on absolute terms, not misleading, 1).",
            "可用：同一品牌的自我比较（2023年执法指南，不误导，第一项）。",
        ),
        Clause::GuideTips => lang.pick(
            "Allowed: a tip on use, time or storage (2023 guide on absolute terms, not misleading, 2).",
            "可用：使用方法、时间、保存期限等消费提示（2023年执法指南，不误导，第二项）。",
        ),
        Clause::GuideGrade => lang.pick(
            "Allowed with the standard at hand: a grade (2023 guide on absolute terms, not misleading, 3).",
            "可用：依据标准认定的分级用语，须能说明依据（2023年执法指南，不误导，第三项）。",
        ),
        Clause::GuideName => lang.pick(
            "Allowed: part of the product’s own name (2023 guide on absolute terms, not misleading, 4).",
            "可用：商品名称、型号中的用语（2023年执法指南，不误导，第四项）。",
        ),
        Clause::GuideFacts => lang.pick(
            "A fact with time and place: keep the proof at hand (2023 guide on absolute terms, not misleading, 6).",
            "限定时间、地域的事实信息，请备好证明（2023年执法指南，不误导，第六项）。",
        ),
        Clause::FtcSubstantiation => lang.pick(
            "FTC, advertising substantiation: have the proof before you say it.",
            "美国FTC广告证实政策：发布前须有依据。",
        ),
        Clause::FtcDeception => lang.pick(
            "FTC Act, section 5: a claim that can’t be proved deceives.",
            "美国FTC法第五条：无法证实的说法构成欺骗。",
        ),
        Clause::FtcHealth => lang.pick(
            "FTC, health products guidance (2022): health claims need sound science.",
            "美国FTC健康产品指南（2022）：健康说法须有可靠的科学依据。",
        ),
        Clause::FtcEndorsement => lang.pick(
            "FTC, 16 CFR 255 and 465: no made-up customers’ voices.",
            "美国联邦法规16编255、465部分：不得虚构顾客评价。",
        ),
        Clause::FtcUrgency => lang.pick(
            "FTC, dark patterns (2022): no false urgency or scarcity.",
            "美国FTC暗黑模式报告（2022）：不得制造虚假的紧迫或稀缺。",
        ),
        Clause::FtcPricing => lang.pick(
            "FTC, 16 CFR 233 and 251: former prices and “free” must be real.",
            "美国联邦法规16编233、251部分：原价和“免费”须属实。",
        ),
        Clause::FtcGreen => lang.pick(
            "FTC Green Guides, 16 CFR 260: environmental claims need proof.",
            "美国FTC绿色指南（16编260部分）：环保说法须有依据。",
        ),
        Clause::PlainSpeech => lang.pick("Allowed: ordinary speech, no claim.", "可用：日常用语，并非宣传。"),
        Clause::House => lang.pick("From the shop’s own list.", "来自本店词表。"),
    }
}

fn fact(lang: Lang, kind: FactKind) -> &'static str {
    match kind {
        FactKind::Number => lang.pick("This number isn’t on the product sheet.", "商品资料中没有这个数字。"),
        FactKind::Price => lang.pick("This price isn’t on the product sheet.", "商品资料中没有这个价格。"),
        FactKind::Percent => lang.pick("This percentage isn’t on the product sheet.", "商品资料中没有这个百分比。"),
        FactKind::Certification => {
            lang.pick("The product sheet says nothing of this seal or property.", "商品资料中没有这项认证或特性。")
        }
        FactKind::Brand => lang.pick("Another brand is named.", "提到了其他品牌。"),
        FactKind::Material | FactKind::Value => {
            lang.pick("The product sheet names another material.", "商品资料中没有这种材质。")
        }
    }
}

/// A problem in one sentence.
pub fn problem(lang: Lang, problem: &Problem) -> String {
    let text = match problem {
        Problem::Word { answer, clause: of } => {
            let lead = match answer {
                Answer::Violation => lang.pick("Not allowed. ", "不得使用。"),
                Answer::Evidence => lang.pick("Needs proof. ", "需要证明。"),
                Answer::Allowed => "",
            };
            return format!("{lead}{}", clause(lang, *of));
        }
        Problem::Fact(kind) => fact(lang, *kind),
        Problem::TooLong { counted, most } => return super::too_long(lang, counted, most),
        Problem::Lines { found, wanted } => return super::lines(lang, found, wanted),
        Problem::Bullets => lang.pick("Three to five lines that begin with “- ”.", "应为三到五行，每行以“- ”开头。"),
        Problem::Empty => lang.pick("There is no text.", "没有文字。"),
        Problem::Repeats => lang.pick("Said several times.", "重复出现。"),
        Problem::OtherLanguage => lang.pick("Not in the language of the brief.", "与要求的语言不符。"),
        Problem::HardToRead { size } => return super::hard(lang, size),
        Problem::TooClose { near: Near::OtherDraft, percent } => return super::close_draft(lang, percent),
        Problem::TooClose { near: Near::OldCopy, percent } => return super::close_old(lang, percent),
        Problem::TooClose { near: Near::Corpus, percent } => return super::close_corpus(lang, percent),
        Problem::MustSay(word) => return super::must_missing(lang, word),
        Problem::NeverSay => lang.pick("The brief says: never say this.", "简报要求不要出现这个词。"),
        Problem::SheetUnsure(label) => return super::contradicts(lang, label),
        Problem::SearchWord(word) => return super::search_missing(lang, word),
    };
    text.to_owned()
}
