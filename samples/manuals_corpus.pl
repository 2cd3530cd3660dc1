#!/usr/bin/perl
# manuals_corpus.pl FOLDER: the English prose of the POD and HTML manuals below FOLDER, as pretrain reads it:
# one paragraph a line, an empty line after each document.
use strict;
use warnings;
use open qw(:std :utf8);
use File::Find;

my @files;
find({no_chdir => 1, wanted => sub { push @files, $_ if /\.(pod|html)$/ }}, $ARGV[0] // die "usage: $0 FOLDER\n");

my %seen;    # paragraphs that many pages repeat count once
for my $file (sort @files) {
  open my $in, '<:encoding(UTF-8)', $file or die "$file: $!\n";
  no warnings 'utf8';
  my $text = do { local $/; <$in> };
  my @paragraphs = grep { is_prose($_) && !$seen{$_}++ } ($file =~ /pod$/ ? from_pod($text) : from_html($text));
  print join("\n", @paragraphs), "\n\n" if @paragraphs >= 3;
}

# Running text, not code, tables or lists: long enough, mostly letters, ends like a sentence.
sub is_prose {
  my ($paragraph) = @_;
  return 0 if length $paragraph < 80 || $paragraph !~ /[.?!:]["')]?$/;
  my @words = split ' ', $paragraph;
  my $letters = () = $paragraph =~ /[A-Za-z ,.'-]/g;
  return @words >= 14 && $letters >= 0.92 * length $paragraph;
}

sub tidy {
  my ($paragraph) = @_;
  $paragraph =~ s/\s+/ /g;
  $paragraph =~ s/^ | $//g;
  return $paragraph;
}

sub from_pod {
  my ($text) = @_;
  my @paragraphs;
  for my $paragraph (split /\n\s*\n/, $text) {
    next if $paragraph =~ /^[=\s]/;    # commands and verbatim blocks
    # L<text|target>, then every other formatting code from the inside out.
    1 while $paragraph =~ s/L<([^<>|]*)\|[^<>]*>/$1/g || $paragraph =~ s/[A-Z]<([^<>]*)>/entity($1)/ge
         || $paragraph =~ s/[A-Z]<< (.*?) >>/$1/g;
    push @paragraphs, tidy($paragraph);
  }
  return @paragraphs;
}

sub entity {
  my %characters = (lt => '<', gt => '>', verbar => '|', sol => '/');
  return exists $characters{$_[0]} ? '' : $_[0];
}

sub from_html {
  my ($text) = @_;
  my @paragraphs;
  while ($text =~ m{<p\b[^>]*>(.*?)</p>}gs) {
    my $paragraph = $1;
    next if $paragraph =~ /<pre\b/;
    $paragraph =~ s/<[^>]*>//g;
    $paragraph =~ s/&#(\d+);/chr $1/ge;
    $paragraph =~ s/&#x([0-9a-fA-F]+);/chr hex $1/ge;
    $paragraph =~ s/&quot;/"/g;
    $paragraph =~ s/&(lt|gt|amp|nbsp);/{lt => '<', gt => '>', amp => '&', nbsp => ' '}->{$1}/ge;
    push @paragraphs, tidy($paragraph);
  }
  return @paragraphs;
}
