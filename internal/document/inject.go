package document

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// injection is a way to speak to a program that judges the resume. Each asks
// for something that no resume says to a person: to ignore what came before, to
// play a role, to give a score, to rank first.
//
// A pattern is tried only where one of its first words stands, anchored, on a
// window of text: searching a whole resume for all of them takes a hundred
// times as long.
type injection struct {
	first   string
	pattern string
}

const subject = `(this|the|my|that|our)\s+(\w+\s+)?(candidate|applicant|resume|résumé|cv|curriculum vitae|application|profile)('s)?`

var injections = compileInjections([]injection{
	{"ignore disregard forget override bypass skip", `\w+\s+((all|any|the|your|every|of|everything|please|these|those)\s+){0,4}((previous|prior|above|earlier|preceding|other|existing|original|system|initial|former|past)\s+){1,2}(instructions?|prompts?|rules?|directions?|guidelines?|commands?|criteria|context|messages?|requirements?|rubric)`},
	{"ignore disregard forget override bypass", `\w+\s+((all|the|your|these|any|job|scoring)\s+){0,3}(instructions?|rubric|scoring|criteria|system prompt|(job )?requirements|everything (above|before)|what (you were|came|i))\b`},
	{"new updated hidden special important additional", `\w+\s+(system\s+)?(instructions?|note|message|directive)\s*(for|to)\s+(the\s+|any\s+|all\s+)?(ai|llms?|models?|language models?|assistants?|automated|bots?|screen\w*|ats\b)`},
	{"note instruction instructions message attention", `\w+\s*(for|to)\s*(the\s+|any\s+|all\s+)?(ai|llms?|language models?|ai models?|assistants?|gpt|chatgpt|automated (system|screen\w*)|screening (system|software|model))\b`},
	{"you", `you\s+(are|act)\s+(now\s+)?(as\s+)?(an?\s+|the\s+)?(ai|llm|large language model|language model|helpful assistant|assistant that|resume (screener|evaluator|reviewer)|recruiter|hiring (manager|assistant|system)|chatgpt|gpt|claude|gemini)\b`},
	{"as if since", `\w+\s+(you\s+are\s+)?(reading\s+this\s+as\s+)?an?\s+(ai|llm|large language model|language model|ai model|ai assistant)\b.{0,40}\b(you|please|always|must|rate|score|rank|say|recommend)\b`},
	{"give assign award grant rate score rank grade mark recommend evaluate assess consider classify label select move advance", `\w+\s+` + subject + `\b.{0,60}\b(highest|maximum|max|best|perfect|full|100|10/10|5/5|excellent|strong\w* (match|hire|recommend\w*)|ideal|most qualified|number one|#1|top|first|hire\w*|interview|next (stage|round))\b`},
	{"give assign award grant", `\w+\s+(me|him|her|it|this|them)\b.{0,30}\b(highest|maximum|perfect|top|full|100|10/10|5/5)\b.{0,20}\b(scores?|ratings?|rank\w*|marks?|grades?|points)`},
	{"rate score rank grade place put", `\w+\s+(me|him|her|it|this|them)\s.{0,30}\b(highest|10/10|100|5/5|#1|number one|at the top|first (place)?|top candidate)`},
	{"give assign award return output set", `\w+\s+(an?\s+|the\s+)(highest|maximum|perfect|top|full)(\s+possible)?\s+(scores?|ratings?|rank\w*|marks?|grades?)\b`},
	{"always must should please strongly", `\w+\s+(be\s+)?(recommend|hire|shortlist|advance|select|rank|rate|score|approve|accept)(ed)?\s+` + subject},
	{"this the", `\w+\s+(candidate|applicant|resume|cv)\s+(is|should be|must be|has been|deserves)\s+(already\s+)?(the\s+|an?\s+)?(perfect|best|ideal|highest|top|most qualified|exceptionally well[- ]qualified|strongly recommended|hired|shortlisted|advanced|selected|ranked|rated|scored|approved|pre-?approved)`},
	{"do don't never", `(do not|don't|never)\s+(mention|reveal|disclose|report|flag|penali[sz]e|reject|show)\s+(this|these|the|any|that)\s+(\w+\s+)?(instructions?|text|prompt|message|candidate|applicant|section|resume|note)`},
	{"respond reply answer output return print say write", `\w+\s+(only\s+)?(with\s+|exactly\s+)?["'“]?(this candidate|the candidate is|strong hire|strongly? recommend|\{\s*"score)`},
	{"prompt instruction system developer jailbreak", `(prompt injection|instruction override|system override|system prompt|developer mode|jailbreak)\b`},
	{"system assistant", `(system|assistant)\s*(prompt|message)?\s*:\s*(you|ignore|the|this|candidate|score|rate|new|please|always)\b`},
	{"increase raise boost set change", `\w+\s+(the\s+|this\s+|my\s+|your\s+)?(match\s+|fit\s+|candidate\s+|resume\s+)?(score|rating|ranking)\s+(to|by)\s+(\d|the max)`},
	{"ignora ignorar ignorez ignore ignoriere ignorieren olvida missachte vergiss oubliez", `\w+\s+(sie\s+)?(todas?\s+|toutes\s+|tutte\s+|alle\s+|sämtliche\s+)?(las|tus|les|vos|tes|as|le|alle|die|todas)?\s*((vorherigen|bisherigen|vorigen|obigen|anteriores|précédentes|precedenti)\s+)?(instrucciones|instructions|instruções|istruzioni|anweisungen|instruktionen|befehle)\b`},
})

// marks need no word: signs of chat formats and of languages without spaces.
var marks = []string{
	"<|im_start|>", "<|im_end|>", "<|system|>", "<|assistant|>", "<|endoftext|>", "[inst]", "[/inst]", "<<sys>>", "<system>", "</system>", "### instruction", "### system",
	"忽略之前", "忽略以上", "忽略所有", "忽略先前", "无视之前", "无视以上", "忽視之前", "指示を無視", "命令を無視", "игнорируй", "игнорируйте", "проигнорируй",
}

func compileInjections(list []injection) map[string][]*regexp.Regexp {
	out := map[string][]*regexp.Regexp{}
	for _, i := range list {
		re := regexp.MustCompile(`^(?is:` + i.pattern + `)`)
		for _, w := range strings.Fields(i.first) {
			out[w] = append(out[w], re)
		}
	}
	return out
}

// instructions finds the first place where text speaks to a program; ok is
// false when it nowhere does.
func instructions(text string) (found string, ok bool) {
	lower := strings.ToLower(cut(text, 1<<20))
	for _, m := range marks {
		if strings.Contains(lower, m) {
			return m, true
		}
	}
	for i := 0; i < len(lower); {
		r, n := utf8.DecodeRuneInString(lower[i:])
		if !unicode.IsLetter(r) {
			i += n
			continue
		}
		end := i
		for end < len(lower) {
			r, n := utf8.DecodeRuneInString(lower[end:])
			if !unicode.IsLetter(r) && r != '\'' {
				break
			}
			end += n
		}
		for _, re := range injections[lower[i:end]] {
			if m := re.FindString(cut(lower[i:], 240)); m != "" {
				return m, true
			}
		}
		i = end
	}
	return "", false
}
