//! Chat templates: from messages to the text that a model was trained to answer.

use super::error::{LmError, first_line};
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Error, ErrorKind, Value, context};
use serde::{Deserialize, Serialize};

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    System,
    User,
    Assistant,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    pub role: Role,
    pub content: String,
}

impl Message {
    pub fn new(role: Role, content: impl Into<String>) -> Self {
        Self { role, content: content.into() }
    }
}

/// The template of a model's file, in Jinja as Hugging Face writes it.
pub struct ChatTemplate {
    source: String,
    begin: String,
    end: String,
}

/// For files without one (ChatML).
const CHAT_ML: &str = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}\
{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";
/// For files without one whose tokenizer has no chat tokens.
const PLAIN: &str = "{% for m in messages %}{{ m.content }}\n\n{% endfor %}";

/// Steps a template may take; a thousandth of it is usual.
const FUEL: u64 = 2_000_000;
/// Longest template, and longest text one may write per byte of messages.
const LONGEST: usize = 256 << 10;

impl ChatTemplate {
    /// `begin` and `end` are the texts of the begin and end tokens.
    pub fn new(source: &str, begin: &str, end: &str) -> Result<Self, LmError> {
        if source.len() > LONGEST {
            return Err(LmError::Template(format!("{} bytes long", source.len())));
        }
        environment(source).map_err(|error| wrong(&error))?;
        Ok(Self { source: source.into(), begin: begin.into(), end: end.into() })
    }

    /// What to use where a file has no template.
    pub fn fallback(has_chat_tokens: bool) -> Self {
        let source = if has_chat_tokens { CHAT_ML } else { PLAIN };
        Self { source: source.into(), begin: String::new(), end: String::new() }
    }

    /// The text before the answer. Where a template knows no system role, the system's words open the first
    /// user message.
    pub fn render(&self, messages: &[Message]) -> Result<String, LmError> {
        match (self.rendered(messages), messages) {
            (Err(_), [system, user, rest @ ..]) if system.role == Role::System && user.role == Role::User => {
                let joined = Message::new(Role::User, format!("{}\n\n{}", system.content, user.content));
                let messages: Vec<Message> = std::iter::once(joined).chain(rest.iter().cloned()).collect();
                self.rendered(&messages).map_err(|error| wrong(&error))
            }
            (outcome, _) => outcome.map_err(|error| wrong(&error)),
        }
    }

    fn rendered(&self, messages: &[Message]) -> Result<String, Error> {
        let environment = environment(&self.source)?;
        let role = |role: Role| match role {
            Role::System => "system",
            Role::User => "user",
            Role::Assistant => "assistant",
        };
        let messages = messages.iter().map(|m| context! { role => role(m.role), content => m.content.as_str() });
        let messages: Vec<Value> = messages.collect();
        environment.get_template("chat")?.render(context! {
            messages => messages,
            add_generation_prompt => true,
            bos_token => self.begin.as_str(),
            eos_token => self.end.as_str(),
            enable_thinking => false,
            tools => Value::from(()),
        })
    }
}

fn environment(source: &str) -> Result<Environment<'_>, Error> {
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(64);
    environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
    environment.add_function("raise_exception", |what: String| -> Result<Value, Error> {
        Err(Error::new(ErrorKind::InvalidOperation, what))
    });
    // Templates print the day; a draft must not depend on it.
    environment.add_function("strftime_now", |_: String| String::new());
    environment.add_template("chat", source)?;
    Ok(environment)
}

fn wrong(error: &Error) -> LmError {
    let line = error.line().map(|line| format!(" (line {line})")).unwrap_or_default();
    LmError::Template(first_line(&format!("{error}{line}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn talk() -> Vec<Message> {
        vec![Message::new(Role::System, "Be true."), Message::new(Role::User, " Tea? ")]
    }

    /// The template of Qwen2.5 (without tools) and its well-known result.
    #[test]
    fn renders_as_hugging_face_does() {
        let source = "{%- for message in messages %}\n    {{- '<|im_start|>' + message.role + '\\n' + message.content.strip() + '<|im_end|>' + '\\n' }}\n{%- endfor %}\n{%- if add_generation_prompt %}\n    {{- '<|im_start|>assistant\\n' }}\n{%- endif %}\n";
        let template = ChatTemplate::new(source, "", "").unwrap();
        let truth = "<|im_start|>system\nBe true.<|im_end|>\n<|im_start|>user\nTea?<|im_end|>\n<|im_start|>assistant\n";
        assert_eq!(template.render(&talk()).unwrap(), truth);
        let truth =
            "<|im_start|>system\nBe true.<|im_end|>\n<|im_start|>user\n Tea? <|im_end|>\n<|im_start|>assistant\n";
        assert_eq!(ChatTemplate::fallback(true).render(&talk()).unwrap(), truth);
    }

    #[test]
    fn a_template_without_system_role_gets_one_message() {
        let source = "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system') }}{% endif %}[{{ m.role }}] {{ m.content }}{% endfor %}";
        let template = ChatTemplate::new(source, "", "").unwrap();
        assert_eq!(template.render(&talk()).unwrap(), "[user] Be true.\n\n Tea? ");
        let alone = [Message::new(Role::System, "x")];
        assert!(matches!(template.render(&alone), Err(LmError::Template(what)) if what.contains("no system")));
    }

    #[test]
    fn templates_with_errors_or_without_end_are_errors() {
        assert!(matches!(ChatTemplate::new("{% for %}", "", ""), Err(LmError::Template(_))));
        let endless = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}";
        let template = ChatTemplate::new(endless, "", "").unwrap();
        assert!(matches!(template.render(&talk()), Err(LmError::Template(_))));
        assert!(matches!(ChatTemplate::new(&" ".repeat(LONGEST + 1), "", ""), Err(LmError::Template(_))));
        let unknown = ChatTemplate::new("{{ messages[0].content.frobnicate() }}", "", "").unwrap();
        assert!(matches!(unknown.render(&talk()), Err(LmError::Template(_))));
    }
}
