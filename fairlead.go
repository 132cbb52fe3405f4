// Package fairlead is the language of the service: its nouns as types, the
// rules that make a value valid, and the one error type. Everything else is a
// speaker of it. It depends on the standard library only and knows neither
// HTTP nor SQL nor JSON; how a noun is stored or shown is its speaker's affair.
//
// The words, one meaning each: a Job is a position in the applicant tracking
// system (ATS) that people apply to; a Candidate is a person and an Application
// that person's application to one Job; a Connection is one configured ATS
// account; an Event is one thing an ATS told us; a Task is a durable unit of
// background work; a Document is what a resume file says as text and a Profile
// what it says as structure; a Rubric is what a Job asks for, made of Criteria;
// an Assessment is a score with its verdicts and evidence; a Writeback is what
// we told, or will tell, the ATS; an Entry is one line of the audit log.
package fairlead
