//! Filters that are right, and filters that no dialect takes.

use expr::{Segment, TemplateKind};

use syntax::Span;

use super::{Issue, Problem, issue};

fn found(text: &str) -> Option<Issue> {
    let template = expr::parse(text);
    let holes: Vec<Span> = match &template.kind {
        TemplateKind::Interpolation(segments) => segments
            .iter()
            .filter_map(|segment| match segment {
                Segment::Expression { span, .. } => Some(*span),
                Segment::Text { .. } => None,
            })
            .collect(),
        _ => Vec::new(),
    };
    issue(text, &holes)
}

#[test]
fn what_the_service_takes_is_right() {
    for text in [
        "",
        "  ",
        "name eq 'O''Hara'",
        "name eq ''",
        "(statuscode eq 4) or (statuscode eq 8)",
        "not contains(name,'x') and not (a eq 1)",
        "contains(metadata, '@{outputs('a')}') eq true",
        "createdon gt 2024-01-31T10:00:00.000Z and createdon lt 2024-01-31",
        "createdon ge 2024-01-31T10:00:00+02:00",
        "id eq f7e5381f-397f-ef11-ac20-000d3a3b77f0 and x ne 00000001-0000-0000-0001-00000000009b",
        "Created ge datetime'2024-01-31T00:00:00' and Author/EMail eq 'a@b.c'",
        "substringof('x', Title) and day(Modified) eq 3",
        "Title eq 'It''s \"so\" ‘quoted’ = > < && ||'",
        "roles/any(o1:(o1/name eq '@{outputs('a')}'))",
        "roles/any(o: o/name eq 'x' or o/x in ('a','b'))",
        "roles/any()",
        "tags/all(t:t eq 'x')",
        "Microsoft.Dynamics.CRM.LastXDays(PropertyName='a',PropertyValue=2) or a eq null",
        "Microsoft.Dynamics.CRM.In(PropertyName='a',PropertyValues=[\"x\",\"y\"]) and b eq false",
        "Microsoft.Dynamics.CRM.In(PropertyName='a',PropertyValues=@{body('x')}) and b eq false",
        "'Power Apps' in services or 'x' in services",
        "ApiId not in ('a','b')",
        "status in (1,2,3)",
        "price add 5 gt 10 and -1 lt x and x mod 2 eq 0",
        "isfolder(x) eq false and $it/a eq 1",
        "a eq @p1",
        "a eq 1 AND b EQ 2",
        "admin_environmentdeleted\nne true",
        "@{variables('clause')}",
        "a eq 1 and @{variables('clause')}",
        "a eq 1 @{variables('rest')}",
        "(a eq 1 @{variables('rest')}",
        "@{variables('start')} b eq 2)",
        "@{variables('column')} eq @{items('x')}",
        "a @{variables('operator')} 'x'",
        "con_@{item()} eq 2",
        "a eq @{triggerBody()['text']} and b eq 1",
        "a eq '@{concat('x','''')} and b eq 1",
        "a eq '-@{outputs('x')}-@{outputs('y')}' and b eq ''",
        "_a_value eq '@{if(equals(outputs('G')['x']?[0]?['y'], null), guid(), '')}'",
        "mod eq 1 and in eq 2",
        "jobTitle ge '!'",
        "File_x0020_Type eq 'doc' and FSObjType eq 0",
        "Größe eq 3",
        "a%20eq%201",
        "a eq {b}",
        "a eq 'x'&$top=1",
        "statecode",
        "a eq datetimeoffset'2024-01-01'",
        "PartitionKey eq 'a' and (RowKey ge 'b' and RowKey lt 'c')",
        "a eq 1.5e10 and b eq -3 and c eq 10L",
    ] {
        assert_eq!(found(text), None, "{text}");
    }
}

#[test]
fn what_no_dialect_takes_is_found() {
    use Problem as P;
    for (text, mark, problem) in [
        ("name eq 'x", "'x", P::OpenText),
        ("name eq '@{variables('x')}", "'@{variables('x')}", P::OpenText),
        ("name eq 'O'Hara'", "Hara", P::QuoteInText),
        ("name eq \"x\"", "\"x\"", P::DoubleQuotes),
        ("name eq “x”", "“x”", P::TypographicQuotes),
        ("name eq ‘x’ and b eq 1", "‘x’", P::TypographicQuotes),
        ("(a eq 1 and b eq 2", "(", P::OpenParenthesis),
        ("(a eq @{variables('x')} and b eq 2", "(", P::OpenParenthesis),
        ("contains(name,'x' and b eq 2", "(", P::OpenParenthesis),
        ("a eq 1) and b eq 2", ")", P::LoneParenthesis),
        ("a = 1", "=", P::Symbol("eq")),
        ("a=='x'", "==", P::Symbol("eq")),
        ("a != 'x'", "!=", P::Symbol("ne")),
        ("a > 5", ">", P::Symbol("gt")),
        ("a eq 1 && b eq 2", "&&", P::Symbol("and")),
        ("a eq 1 || b eq 2", "||", P::Symbol("or")),
        ("@{variables('c')} = 1", "=", P::Symbol("eq")),
        ("a equals 'x'", "equals", P::UnknownOperator(Some("eq"))),
        ("a like '%x'", "like", P::UnknownOperator(None)),
        ("a is null", "is", P::UnknownOperator(Some("eq"))),
        ("a is not null", "is", P::UnknownOperator(None)),
        ("a contains 'x'", "contains", P::UnknownOperator(None)),
        ("a eq 1 and and b eq 2", "and", P::MissingOperand),
        ("a eq 1 and", "and", P::MissingOperand),
        ("and a eq 1", "and", P::MissingOperand),
        ("a eq", "eq", P::MissingOperand),
        ("a eq and b eq 1", "and", P::MissingOperand),
        ("eq 1", "eq", P::MissingOperand),
        ("(a eq ) and b eq 1", "eq", P::MissingOperand),
        ("not", "not", P::MissingOperand),
        ("a eq 1 and ()", ")", P::MissingOperand),
        ("a eq @{variables('x')} and", "and", P::MissingOperand),
        ("a eq John Smith", "Smith", P::MissingOperator),
        ("a eq 1 b eq 2", "b", P::MissingOperator),
        ("a eq @{variables('x')} b eq 2", "b", P::MissingOperator),
        ("a eq 'x' 'y'", "'y'", P::MissingOperator),
        ("First Name eq 'x'", "Name", P::MissingOperator),
        ("a eq 1, b eq 2", ",", P::Comma),
        ("$filter=a eq 1", "$filter=", P::Prefix),
    ] {
        let issue = found(text).unwrap_or_else(|| panic!("nothing in {text}"));
        assert_eq!((issue.span.slice(text), issue.problem), (mark, problem), "{text}");
    }
}

#[test]
fn corrections_make_the_whole_right() {
    for (text, right) in [
        ("a == 1 && b!='x'", "a eq 1 and b ne 'x'"),
        ("a === 1", "a eq 1"),
        (
            "name eq \"it's @{variables('x')}\"",
            "name eq 'it''s @{variables('x')}'",
        ),
        ("a eq ‘x’ or b eq “y”", "a eq 'x' or b eq 'y'"),
        ("a eq 'x’ and b eq 2", "a eq 'x' and b eq 2"),
        ("a equals 'x'", "a eq 'x'"),
        ("$filter=a eq 1", "a eq 1"),
    ] {
        let issue = found(text).unwrap_or_else(|| panic!("nothing in {text}"));
        let new = syntax::edit::apply(text, &issue.correction);
        assert_eq!(new.as_deref(), Some(right), "{text}");
    }
    for text in ["a eq \"x", "a like 'x'", "a = 1 and", "a eq 'O'Hara'"] {
        let issue = found(text).unwrap_or_else(|| panic!("nothing in {text}"));
        assert!(issue.correction.is_empty(), "{text}: {issue:?}");
    }
}

#[test]
fn any_text_is_read() {
    for text in [
        "'", "''", "'''", "((((", "]", "[", "\"", "‘", "@{", "a eq '@{", "é'", "=", "$filter", "$filter=",
    ] {
        let _ = found(text);
    }
}
